import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtemp, readdir, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCli } from '../src/run-cli.js';
import { recordingStreams } from './support/recording-streams.js';
import { plugins, repository, writeTinyFolder } from './support/tiny-folder.js';

let root: string;
beforeAll(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'automodel-cli-')));
  await writeTinyFolder(root);
});
afterAll(() => rm(root, { recursive: true, force: true }));

interface Outcome {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function cli(
  argv: readonly string[],
  { signal = new AbortController().signal, terminal = false } = {},
): Promise<Outcome> {
  const streams = recordingStreams(terminal);
  const code = await runCli(argv, {
    streams,
    workingDirectory: root,
    environment: { LEARNING_RATE: '5e-3' },
    signal,
    plugins,
  });
  return { code, ...streams.written };
}
const lastLine = (text: string): string => text.trimEnd().split('\n').at(-1) ?? '';
const golden = join(repository, 'goldens/models/llama-gqa');

describe('finetune', () => {
  const quick = [
    '--step_scheduler.max_steps',
    '2',
    '--step_scheduler.global_batch_size=4',
    '--backend.threads',
    '1',
  ];

  test('without a recipe: model, data and output are enough', async () => {
    const { code, out, err } = await cli([
      'finetune',
      '--model',
      'model',
      '--data',
      'rows.jsonl',
      '--output',
      'short',
      ...quick,
    ]);
    expect({ code, err: code === 0 ? '' : err }).toEqual({ code: 0, err: '' });
    expect(err).toContain('label mask of');
    expect(err).toContain('<|im_start|>assistant\n⟦{"name":');
    for (const word of [
      'weights',
      'gradients',
      'optimizer',
      'activations',
      'workspace',
      'peak',
      'FLOP',
      'step 2/2',
      'tokens/s',
      'left',
    ])
      expect(err).toContain(word);
    expect(out).toContain(`model    ${join(root, 'short')}\n`);
    expect(out).toContain(
      `\nnext: npx automodel generate --model ${join(root, 'short')} --prompt Hello\n`,
    );
    expect(lastLine(out)).toBe(`report   ${join(root, 'short/report.html')}`);
    expect(await readdir(join(root, 'short'))).toEqual(
      expect.arrayContaining([
        'config.json',
        'model.safetensors',
        'metrics.jsonl',
        'recipe.yaml',
        'report.html',
      ]),
    );
  });

  test('a recipe, also without the word finetune; overrides and the environment reach it', async () => {
    await writeFile(
      join(root, 'recipe.yaml'),
      `model: {pretrained_model_name_or_path: model}\ndataset: {path_or_dataset_id: ` +
        `rows.jsonl}\nvalidation_dataset: {path_or_dataset_id: rows.jsonl}\noptimizer: {lr: ` +
        `"\${LEARNING_RATE}"}\ncheckpoint: {checkpoint_dir: from-recipe}\n`,
    );
    const { code, out } = await cli(['--nproc-per-node', '1', 'recipe.yaml', ...quick, '--json']);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      reason: 'finished',
      steps: 2,
      model: join(root, 'from-recipe'),
      report: join(root, 'from-recipe/report.html'),
      validation_loss: { default: expect.any(Number) as number },
    });
    const copy = await readFile(join(root, 'from-recipe/recipe.yaml'), 'utf8');
    expect(copy).toContain('lr: ${LEARNING_RATE}');
    expect(copy).toContain('max_steps: 2');
    const metrics = (await readFile(join(root, 'from-recipe/metrics.jsonl'), 'utf8')).split('\n');
    expect(JSON.parse(metrics[0]!)).toMatchObject({ lr: 5e-3 });
  });

  test('on a terminal the progress is one line that is drawn again, and trained text is coloured', async () => {
    const { err } = await cli(
      ['finetune', '--model', 'model', '--data', 'rows.jsonl', '--output', 'drawn', ...quick],
      { terminal: true },
    );
    expect(err).toContain('\r\u001b[2Kstep 1/2');
    expect(err).toContain('\u001b[32m');
  });

  test('mistakes are one line and exit with 2', async () => {
    const mistake = async (...argv: string[]): Promise<string> => {
      const { code, err, out } = await cli(argv);
      expect({ code, out }).toEqual({ code: 2, out: '' });
      return err.trimEnd().replaceAll(root, '<root>');
    };
    expect(await mistake('finetune', '--model', 'model')).toBe(
      'error: without a recipe --data and --output must be given (automodel finetune ' +
        'RECIPE.yaml, or automodel finetune --model DIR --data FILE --output DIR)',
    );
    expect(await mistake('fintune')).toBe(
      'error: fintune: is neither a command nor a recipe file (did you mean automodel finetune?)',
    );
    expect(await mistake('finetun', 'recipe.yaml')).toBe(
      'error: finetun: is neither a command nor a recipe file (did you mean automodel finetune?)',
    );
    expect(await mistake('absent.yaml')).toBe(
      'error: absent.yaml: the recipe cannot be read (check the path)',
    );
    expect(await mistake('--nproc_per_node=2', 'recipe.yaml')).toMatch(
      /^error: --nproc-per-node 2: one process runs/,
    );
    expect(await mistake('recipe.yaml', '--optimizer.learning_rat', '1')).toMatch(
      /^error: --optimizer\.learning_rat: .*unknown key/,
    );
    expect(
      await mistake('finetune', '--model', 'model', '--data', 'rows.jsonl', '--output', 'model'),
    ).toMatch(/^error: <root>\/model: the output folder is not empty/);
    expect(
      await mistake('finetune', '--model', './absent', '--data', 'rows.jsonl', '--output', 'new'),
    ).toMatch(/^error: model folder <root>\/absent does not exist/);
    expect(
      await mistake('generate', '--model', 'model', '--prompt', 'x', '--top-p', '2'),
    ).toContain('It must be a number from 0 to 1.');
    expect(await mistake('verify', golden, '--reference', 'absent.safetensors')).toMatch(
      /absent\.safetensors/,
    );
  });

  test('a run that is stopped says so with 130', async () => {
    const { code } = await cli(
      ['finetune', '--model', 'model', '--data', 'rows.jsonl', '--output', 'stopped', ...quick],
      { signal: AbortSignal.abort() },
    );
    expect(code).toBe(130);
  });
});

test('an adapter is trained, used on its model and merged into it', async () => {
  const train = [
    'finetune',
    '--model',
    'model',
    '--data',
    'rows.jsonl',
    '--output',
    'adapter',
    '--step_scheduler.max_steps',
    '2',
    '--backend.threads',
    '1',
    '--optimizer.lr',
    '1e-2',
    '--peft.type',
    'lora',
    '--peft.target_modules',
    '[q_proj, v_proj]',
    '--peft.dropout',
    '0.1',
  ];
  const { code, out, err } = await cli(train);
  expect({ code, err: code === 0 ? '' : err }).toEqual({ code: 0, err: '' });
  expect(err).toContain('lora on 2 modules (q_proj, v_proj)');
  expect(out).toContain(`adapter  ${join(root, 'adapter')}\n`);
  expect(out).toMatch(
    /\nnext: npx automodel generate --model .*model --adapter .*adapter --prompt /,
  );
  expect(
    JSON.parse(await readFile(join(root, 'adapter/adapter_config.json'), 'utf8')),
  ).toMatchObject({
    peft_type: 'LORA',
    r: 8,
    lora_alpha: 32,
    target_modules: ['q_proj', 'v_proj'],
  });
  expect(
    await cli([
      'merge',
      '--model',
      'model',
      '--adapter',
      'adapter',
      '--output',
      'merged',
      '--threads',
      '1',
    ]),
  ).toMatchObject({ code: 0 });
  const text = async (...argv: string[]): Promise<string> =>
    (
      await cli([
        'generate',
        '--prompt',
        'set a timer',
        '--max-new-tokens',
        '8',
        '--threads',
        '1',
        '--raw',
        ...argv,
      ])
    ).out;
  expect(await text('--model', 'merged')).toBe(
    await text('--model', 'model', '--adapter', 'adapter'),
  );
  const further = await cli([
    ...train.slice(0, 5),
    '--output',
    'further',
    ...train.slice(7, 11),
    '--peft.adapter_name_or_path',
    'adapter',
  ]);
  expect({ code: further.code, err: further.code === 0 ? '' : further.err }).toEqual({
    code: 0,
    err: '',
  });
  expect(
    (await cli([...train.slice(0, 5), '--output', 'none', '--peft.target_modules', 'query'])).err,
  ).toMatch(/^error: target_modules "query" matches no linear module \(linear modules: q_proj/m);
});

test('an adapter is trained on a base of 4 bits, and only there', async () => {
  const run = (output: string): string[] => [
    'finetune',
    '--model',
    'model',
    '--data',
    'rows.jsonl',
    '--output',
    output,
    '--quantization.load_in_4bit',
    'true',
    '--backend.threads',
    '1',
    '--step_scheduler.max_steps',
    '2',
  ];
  const { code, err } = await cli([...run('four'), '--peft.type', 'lora']);
  expect({ code, err: code === 0 ? '' : err }).toEqual({ code: 0, err: '' });
  expect(err).toMatch(/^ +of them quantised +\d/m);
  expect((await cli(run('alone'))).err).toMatch(
    /^error: quantization holds the frozen weights below an adapter, and nothing is frozen without one/m,
  );
  expect((await cli(['bench', 'model', '--quantization', 'nf4'])).err).toMatch(
    /^error: --quantization holds the base of an adapter: give --lora too/m,
  );
});

test('plan says what a run takes without starting it, and prints one module', async () => {
  const { code, out } = await cli([
    'plan',
    '--model',
    'model',
    '--data',
    'rows.jsonl',
    '--json',
    '--backend.threads',
    '1',
  ]);
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({
    micro_batches: 8,
    memory: { parameters: expect.any(Number) as number, peak: expect.any(Number) as number },
    programs: [{ name: 'micro' }, { name: 'update' }, { name: 'evaluate' }],
  });
  const graph = await cli([
    'plan',
    '--model',
    'model',
    '--seq',
    '16',
    '--print-graph',
    'model.layers.0.mlp',
  ]);
  expect(graph.out).toMatch(/gated_activation\(.*# model\.layers\.0\.mlp$/m);
  expect(graph.out).not.toContain('self_attn');
  const print = await cli([
    'plan',
    '--model',
    'model',
    '--seq',
    '16',
    '--print-plan',
    'model.layers.0.mlp',
  ]);
  expect(print.out).toMatch(/^ {2}\d+: .* = linear\(.*# model\.layers\.0\.mlp\.gate_proj\b/m);
});

test('generate writes only text to stdout; greedy text repeats', async () => {
  const argv = [
    'generate',
    '--model',
    'model',
    '--prompt',
    'Set a timer',
    '--max-new-tokens',
    '5',
    '--threads',
    '1',
  ];
  const raw = await cli([...argv, '--raw']);
  expect(raw.code).toBe(0);
  expect(raw.err).toBe('');
  const json = JSON.parse((await cli([...argv, '--raw', '--json'])).out) as {
    ids: number[];
    text: string;
    prompt_ids: number[];
  };
  expect(json.text).toBe(raw.out);
  expect(json.ids.length).toBeLessThanOrEqual(5);
  const chat = JSON.parse((await cli([...argv, '--json'])).out) as { prompt_ids: number[] };
  expect(chat.prompt_ids.length).toBeGreaterThan(json.prompt_ids.length);
});

test('evaluate gives loss, perplexity and exact match', async () => {
  const { code, out } = await cli([
    'evaluate',
    '--model',
    'model',
    '--data',
    'rows.jsonl',
    '--limit',
    '4',
    '--max-new-tokens',
    '3',
    '--json',
    '--threads',
    '1',
  ]);
  expect(code).toBe(0);
  const result = JSON.parse(out) as { loss: number; perplexity: number };
  expect(result).toMatchObject({ exact_match: 0, rows: 4, answered: 4 });
  expect(result.perplexity).toBeCloseTo(Math.exp(result.loss), 6);
  expect(result.loss).toBeGreaterThan(6.5); // ln 1024 = 6.9 for a model that knows nothing
  expect(result.loss).toBeLessThan(7.5);
});

test("bench prints the peer's line", async () => {
  const { code, out } = await cli([
    'bench',
    'model',
    '--batch',
    '1',
    '--seq',
    '8',
    '--steps',
    '2',
    '--threads',
    '1',
    '--json',
  ]);
  expect(code).toBe(0);
  expect(Object.keys(JSON.parse(out) as object)).toEqual([
    'peer',
    'dtype',
    'lora',
    'batch',
    'seq',
    'tok_s',
    'seconds',
    'peak_rss_mb',
    'losses',
  ]);
  const { out: adapted } = await cli([
    'bench',
    'model',
    '--lora',
    '8',
    '--batch',
    '2',
    '--seq',
    '16',
    '--steps',
    '2',
    '--json',
  ]);
  expect(JSON.parse(adapted)).toMatchObject({
    lora: 8,
    losses: [expect.any(Number), expect.any(Number)],
  });
});

describe('verify', () => {
  test('agreement exits with 0 and the dump holds the same names', async () => {
    const { code, out } = await cli([
      'verify',
      golden,
      '--reference',
      join(golden, 'golden.safetensors'),
      '--dump',
      'own.safetensors',
      '--json',
      '--threads',
      '1',
    ]);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({ verdict: 'agrees', precision: 'f32' });
    expect(
      await cli(['verify', golden, '--reference', 'own.safetensors', '--threads', '1']),
    ).toMatchObject({
      code: 0,
      out: expect.stringContaining('agrees with the reference') as string,
    });
  });

  test('difference exits with 1, an adapter is refused with 2', async () => {
    const other = join(repository, 'goldens/models/mistral');
    const { code } = await cli([
      'verify',
      golden,
      '--reference',
      join(other, 'golden.safetensors'),
      '--threads',
      '1',
    ]);
    expect(code).toBe(1);
    expect(await cli(['verify', golden, '--reference', 'x', '--adapter', 'y'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('no adapter_config.json') as string,
    });
    const adapter = join(golden, 'adapter');
    expect(
      await cli([
        'verify',
        golden,
        '--reference',
        join(adapter, 'golden.safetensors'),
        '--adapter',
        adapter,
      ]),
    ).toMatchObject({ code: 0 });
  });

  test('--ops runs every operation on the backend and on the reference run', async () => {
    const { code, out } = await cli([
      'verify',
      '--ops',
      join(repository, 'goldens/ops'),
      '--threads',
      '1',
    ]);
    expect({ code, last: lastLine(out) }).toEqual({
      code: 0,
      last: `${join(repository, 'goldens/ops')}: 269 of 269 cases agree with PyTorch`,
    });
    expect(out).toMatch(/^grouped_linear +2 .* agrees$/m);
  });

  test.each([
    [['verify', golden]],
    [['verify', '--reference', 'x']],
    [['verify', golden, '--ops', 'x']],
    [['verify', '--ops', 'x', '--reference', 'y']],
  ])('%j is refused with what verify takes', async (argv) => {
    expect(await cli(argv)).toMatchObject({
      code: 2,
      err: expect.stringMatching(/^error: verify .*--ops DIR/) as string,
    });
  });
});

describe('a recorded graph', () => {
  const folder = join(repository, 'goldens/recorded/gpt2');
  const reference = join(folder, 'golden.safetensors');

  test('takes the place of a missing package, and of an installed one when asked for; fused or not', async () => {
    for (const extra of [[], ['--no-fuse'], ['--graph', join(folder, 'graph.json')]])
      expect(
        await cli(['verify', folder, '--reference', reference, '--threads', '1', ...extra]),
        extra.join(),
      ).toMatchObject({ code: 0, err: '' });
    const { code, err } = await cli([
      'verify',
      golden,
      '--graph',
      join(folder, 'graph.json'),
      '--reference',
      reference,
    ]);
    expect({ code, err }).toEqual({
      code: 2,
      err: expect.stringMatching(
        /^error: .*graph\.json: node \d+ \(param\) in the top level: the weights have no tensor transformer\.\S+ \(The graph was recorded from another model\.\)\n$/,
      ) as string,
    });
  });

  test('plan says what fusion makes of it, without data', async () => {
    const { code, out } = await cli([
      'plan',
      '--model',
      folder,
      '--graph',
      '--backend.threads',
      '1',
    ]);
    expect(code).toBe(0);
    expect(out).toMatch(
      /^recorded graph \S+gpt2\/graph\.json\n {2}nodes: \d+ as recorded, \d+ after fusion\n {2}fused:\n/,
    );
    const nodes = /nodes: (\d+) as recorded, (\d+) after/.exec(out)!;
    expect(Number(nodes[2])).toBeLessThan(Number(nodes[1]));
    await writeFile(
      join(root, 'recorded.yaml'),
      `model: {pretrained_model_name_or_path: ${folder}}\ndataset: {path_or_dataset_id: ` +
        'rows.jsonl}\noptimizer: {lr: 1e-4}\ncheckpoint: {checkpoint_dir: unwritten}\n',
    );
    // the recipe is read: its data needs a tokenizer, which the folder lacks
    expect((await cli(['plan', '--graph', 'recorded.yaml'])).err).toContain('tokenizer');
    expect(await cli(['plan', '--model', folder, '--graph', '--seq', '16'])).toMatchObject({
      code: 2,
      err: expect.stringContaining(
        'the graph was recorded for 2 rows of 24 tokens, not 2 of 16',
      ) as string,
    });
    expect(await cli(['bench', folder, '--seq', '16'])).toMatchObject({
      code: 2,
      err: expect.stringContaining(
        'the graph was recorded for 2 rows of 24 tokens, not 2 of 16',
      ) as string,
    });
  });

  test('that is broken is one line and exits with 2', async () => {
    const text = await readFile(join(folder, 'graph.json'), 'utf8');
    await writeFile(
      join(root, 'broken.json'),
      text.replace('"op": "tanh"', '"op": "tahn"').replace('"op":"tanh"', '"op":"tahn"'),
    );
    const { code, out, err } = await cli([
      'verify',
      folder,
      '--graph',
      'broken.json',
      '--reference',
      reference,
    ]);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(
      /^error: \S+broken\.json: node \d+ \(tahn\) in transformer\.h\.0\.mlp\.act: .* is not known[^\n]*\n$/,
    );
  });
});

interface Child {
  readonly process: ChildProcess;
  readonly written: { out: string; err: string };
  readonly ended: Promise<Outcome>;
}

/** The real command line, from source. */
function start(argv: readonly string[], onError: (text: string) => void = () => undefined): Child {
  const child = spawn(
    process.execPath,
    [
      '--import',
      'tsx',
      '--conditions=@automodel/source',
      join(repository, 'apps/cli/src/main.ts'),
      ...argv,
    ],
    { cwd: repository },
  );
  const written = { out: '', err: '' };
  child.stdout.on('data', (chunk) => (written.out += String(chunk)));
  child.stderr.on('data', (chunk) => onError((written.err += String(chunk))));
  return {
    process: child,
    written,
    ended: new Promise((resolve) =>
      child.on('exit', (code) => resolve({ code: code ?? -1, ...written })),
    ),
  };
}

test('the real executable finds the plugins of the workspace', async () => {
  const { code, out, err } = await start([
    'verify',
    golden,
    '--reference',
    join(golden, 'golden.safetensors'),
    '--json',
    '--threads',
    '1',
  ]).ended;
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(JSON.parse(out)).toMatchObject({ verdict: 'agrees' });
});

test('Ctrl-C ends a run after its step, saves what was trained and exits with 130', async () => {
  const output = join(root, 'interrupted');
  let sent = false;
  const child = start(
    [
      'finetune',
      '--model',
      join(root, 'model'),
      '--data',
      join(root, 'rows.jsonl'),
      '--output',
      output,
      '--step_scheduler.num_epochs',
      '100000',
      '--backend.threads',
      '1',
    ],
    (text) => {
      if (!sent && /^step \d+\//m.test(text)) {
        sent = true;
        child.process.kill('SIGINT');
      }
    },
  );
  const { code, out, err } = await child.ended;
  expect(code).toBe(130);
  expect(err).toContain('Stopping after this step');
  expect(out).toMatch(/^stopped after \d+ steps?/);
  const [folder] = (await readdir(output)).filter((name) => name.startsWith('epoch_'));
  expect(await readdir(join(output, folder!))).toEqual(
    expect.arrayContaining(['config.json', 'model.safetensors']),
  );
  expect(await readdir(output)).not.toContain('config.json');
});
