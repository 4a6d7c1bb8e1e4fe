// `automodel template`: chats as a template writes them, in lines, JSON and a page; two templates
// compared.
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Tokenizer } from '@automodel/data';
import { cliIn, typed, type CliResult, type Words } from './support/cli-in.js';
import { repository } from './support/tiny-folder.js';

let root: string;
const tokenizerFolder = join(repository, 'examples/quickstart/tokenizer');
const MARKED =
  "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{% if m['role'] == 'assistant' %}" +
  "{% generation %}{{ m['content'] }}{% endgeneration %}{% else %}{{ m['content'] }}{% endif %}" +
  '<|im_end|>\n{% endfor %}';
const ROWS = [
  { messages: [said('user', 'Is 1 < 2?'), said('assistant', 'Yes.')] },
  { messages: [said('user', 'Hi')] },
  {
    conversations: [
      { from: 'human', value: 'a' },
      { from: 'gpt', value: 'b' },
    ],
  },
];

function said(role: string, content: string): object {
  return { role, content };
}

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'automodel-template-'));
  await mkdir(join(root, 'model'));
  for (const name of await readdir(tokenizerFolder))
    await copyFile(join(tokenizerFolder, name), join(root, 'model', name));
  await writeFile(join(root, 'marked.jinja'), MARKED);
  await writeFile(join(root, 'rows.jsonl'), ROWS.map((row) => JSON.stringify(row)).join('\n'));
  await writeFile(join(root, 'row.json'), JSON.stringify(ROWS[0], null, 2));
});
afterAll(() => rm(root, { recursive: true }));

/** What the command does; paths begin at `root`. */
async function cli(...words: Words): Promise<CliResult> {
  const { code, out, err } = await cliIn(root, typed(...words), { plugins: [] });
  return { code, out: out.replaceAll(`${root}/`, ''), err: err.replaceAll(`${root}/`, '') };
}
const lines = (out: string): unknown[] =>
  out
    .trimEnd()
    .split('\n')
    .map((line): unknown => JSON.parse(line));

const NOTHING_TRAINED =
  'rows.jsonl:2: this chat has no assistant message, so there is nothing to train';
const TEXT = '<|im_start|>user\nIs 1 < 2?<|im_end|>\n<|im_start|>assistant\nYes.<|im_end|>\n';

describe('a template', () => {
  test('is shown with what is trained and how turns end, row by row', async () => {
    const { code, out, err } = await cli`template model --chat rows.jsonl`;
    expect([code, err]).toEqual([1, '']);
    expect(out).toMatch(/^\nrows\.jsonl:1 \d+ tokens, \d+ trained\n/);
    expect(out).toContain(
      'Is 1 < 2?<|im_end|>\n<|im_start|>assistant\n⟦Yes.<|im_end|>⟧\n' +
        'message 2 ends with "<|im_end|>", which is trained, and generation stops there\n\n',
    );
    expect(out).toContain(`rows.jsonl:2\nrefused: ${NOTHING_TRAINED}\n`);
    expect(out).toMatch(/⟦b<\|im_end\|>⟧[^]*\n\n3 chats: 2 rendered, 1 refused\n$/);
  });

  test('is shown in colours on a terminal', async () => {
    const { out } = await cliIn(root, typed`template model --chat row.json`, {
      plugins: [],
      terminal: true,
    });
    expect(out).toContain('\u001b[32m\u001b[1mYes.<|im_end|>\u001b[22m\u001b[39m\n');
    expect(out).not.toContain('⟦');
  });

  test('is no longer shown once the command is told to end', async () => {
    const { code, out } = await cliIn(root, typed`template model`, {
      plugins: [],
      signal: AbortSignal.abort(),
    });
    expect([code, out]).toEqual([130, '']);
  });

  test('may leave the end of a turn out of its marks', async () => {
    const { out } = await cli`template marked.jinja --tokenizer model --chat row.json`;
    expect(out).toContain('⟦Yes.⟧<|im_end|>');
    expect(out).toContain(
      'message 2 ends with "<|im_end|>", which is not trained, and generation stops there\n',
    );
  });

  test('without a tokenizer has no ids and no ends, which is said', async () => {
    const { code, out, err } = await cli`template model/chat_template.jinja --chat row.json`;
    expect(code).toBe(0);
    expect(out).toContain('⟦Yes.<|im_end|>\n⟧\n');
    expect(out).toContain('message 2 is trained; its end is not known without a tokenizer\n');
    expect(err).toMatch(/^note: without a tokenizer .* --tokenizer FOLDER\n$/);
  });

  test('is shown with chats of each kind where none are given', async () => {
    const { code, out } = await cli`template model`;
    expect(code).toBe(1);
    expect(out).toMatch(/\na call and its result\nrefused: .*does not write tools/);
    expect(out).toMatch(/\n9 chats: \d rendered, \d refused\n$/);
  });
});

describe('--json', () => {
  test('is a line for each row, with the ids of a training run', async () => {
    const { code, out } = await cli`template model --chat rows.jsonl --json`;
    expect(code).toBe(1);
    const [first, second, third] = lines(out);
    const tokenizer = await Tokenizer.fromPretrained(join(root, 'model'));
    expect(first).toEqual({
      chat: 'rows.jsonl:1',
      text: TEXT,
      messages: ROWS[0]?.messages,
      trained: ['Yes.<|im_end|>'],
      ids: tokenizer.encode(TEXT, { addSpecialTokens: false }),
      turns: [
        { message: 1, trained: true, end_token: '<|im_end|>', end_trained: true, stops: true },
      ],
      remarks: [],
    });
    expect(second).toEqual({
      chat: 'rows.jsonl:2',
      error: expect.stringContaining('no assistant message') as string,
    });
    expect(third).toMatchObject({ messages: [said('user', 'a'), said('assistant', 'b')] });
  });

  test('writes numbers as they are in the row', async () => {
    const given = '{"10":1.0,"2":12345678901234567890}';
    const call = `{"type":"function","function":{"name":"f","arguments":${given}}}`;
    const messages =
      `[{"role":"user","content":"q"},` +
      `{"role":"assistant","content":"","tool_calls":[${call}]}]`;
    await writeFile(join(root, 'calls.jsonl'), `{"messages": ${messages}}`);
    await writeFile(
      join(root, 'calls.jinja'),
      "{% for m in messages %}{{ m['role'] }}{{ m['content'] }}{% for call in m['tool_calls'] or " +
        "[] %}{{ call['function']['arguments']|tojson }}{% endfor %}\n{% endfor %}" +
        '{% if add_generation_prompt %}assistant{% endif %}',
    );
    const { code, out } = await cli`template calls.jinja --chat calls.jsonl --json`;
    expect(code).toBe(0);
    expect(out).toContain(`"messages":${messages}`);
    expect(out).toContain('"text":"userqassistant{\\"10\\": 1.0, \\"2\\": 12345678901234567890}"');
    expect(out).not.toContain('"ids"');
  });

  test('obeys what a recipe may say of labels', async () => {
    const messages = [
      said('user', 'q'),
      said('assistant', '<think>\nr\n</think>\n\none'),
      said('user', 'q'),
      said('assistant', '<think>\nr\n</think>\n\ntwo'),
    ];
    await writeFile(join(root, 'turns.jsonl'), JSON.stringify({ messages }));
    const { out } =
      await cli`template model --chat turns.jsonl --mask-history --mask-reasoning-content --json`;
    expect(lines(out)).toMatchObject([{ trained: ['\n\ntwo<|im_end|>'] }]);
  });

  test('has one error for a file that cannot be used, and exit code 2', async () => {
    await writeFile(join(root, 'broken.jinja'), '{% for %}');
    const { code, out, err } = await cli`template broken.jinja --json`;
    expect(code).toBe(2);
    expect(lines(out)).toEqual([
      { error: expect.objectContaining({ code: 'bad-file' }) as object },
    ]);
    expect(err).toMatch(/^error: .*broken\.jinja:1:8: /);
    expect((await cli`template model --chat nothing.jsonl`).code).toBe(2);
  });
});

describe('two templates', () => {
  test('are compared row by row: a difference is no refusal', async () => {
    const { code, out, err } = await cli`template marked.jinja --against model --chat rows.jsonl`;
    expect([code, err]).toEqual([1, '']);
    expect(out).toBe(
      '- marked.jinja\n+ model\n\nrows.jsonl:1\ntrained part 1 differs\n- "Yes."\n' +
        `+ "Yes.<|im_end|>"\n\nrows.jsonl:2\n- refused: ${NOTHING_TRAINED}\n` +
        `+ refused: ${NOTHING_TRAINED}\n\nrows.jsonl:3\ntrained part 1 differs\n- "b"\n` +
        '+ "b<|im_end|>"\n\n3 chats: 0 equal, 2 different, 1 refused\n',
    );
    const same = await cli`template model/chat_template.jinja --against model --chat row.json`;
    expect(same.code).toBe(0);
    expect(same.out).toContain('\nequal text, equal trained parts\n');
    expect(same.out).toMatch(/\n1 chat: 1 equal, 0 different, 0 refused\n$/);
  });

  test('are both in a line of JSON', async () => {
    const { code, out } = await cli`template model --against marked.jinja --chat rows.jsonl --json`;
    expect(code).toBe(1);
    const [both, refused] = lines(out);
    expect(refused).toMatchObject({
      error: NOTHING_TRAINED,
      equal: false,
      against: { error: NOTHING_TRAINED },
    });
    expect([both]).toMatchObject([
      {
        text: TEXT,
        trained: ['Yes.<|im_end|>'],
        equal: false,
        against: { text: TEXT, trained: ['Yes.'] },
      },
    ]);
  });

  test('and differences of texts are shown around the first', async () => {
    await writeFile(
      join(root, 'other.jinja'),
      MARKED.replace("{{ m['role'] }}\n", "{{ m['role'] }}: "),
    );
    const { out } = await cli`template marked.jinja --against other.jinja --chat row.json
      --tokenizer model`;
    expect(out).toContain(
      'the texts differ after 16 characters\n- "<|im_start|>user\\nIs 1 < 2?<|im_end|>\\n' +
        '<|im_start|>assistant\\nYes.<|im_end|"\n+ "<|im_start|>user: Is 1 < 2?',
    );
  });
});

test('the page holds marked text, escaped, and loads nothing', async () => {
  const { code, err } = await cli`template model --chat row.json --html page.html`;
  expect([code, err]).toEqual([0, 'chats: page.html\n']);
  const page = await readFile(join(root, 'page.html'), 'utf8');
  expect(page).toContain('Is 1 &lt; 2?&lt;|im_end|&gt;');
  expect(page).toContain('<mark>Yes.&lt;|im_end|&gt;</mark>');
  expect(page).toContain('ends with &quot;&lt;|im_end|&gt;&quot;, which is trained');
  expect(page).not.toMatch(/<script|<link|src=|href=/);
  await cli`template model --against marked.jinja --chat rows.jsonl --html page.html --force`;
  const both = await readFile(join(root, 'page.html'), 'utf8');
  expect(both).toContain('<h4>- model</h4>');
  expect(both).toContain('<h4>+ marked.jinja</h4>');
  expect(both).toContain('<mark>Yes.</mark>');
  expect(both).toContain('<p class="error">refused: ');
});
