// What a template makes of chats, as a person looks at it: the same text, trained parts and ids as
// in a training run.
import { beforeAll, describe, expect, it } from 'vitest';
import {
  compareChats,
  inspectChat,
  inspectChats,
  parseRow,
  SAMPLE_CHATS,
  templateWriter,
  Tokenizer,
  tokenizeRow,
  type InspectedChat,
  type InspectedTemplate,
  type JsonObject,
} from '../src/index.js';
import { tokenizerFolder } from './golden-tokenizers.js';

let qwen: Tokenizer;
beforeAll(async () => {
  qwen = await Tokenizer.fromPretrained(tokenizerFolder('qwen2'));
});

const CHATML =
  "{% for m in messages %}<|im_start|>{{ m['role'] }}\n{{ m['content'] }}<|im_end|>\n" +
  '{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}';
const MARKED =
  "{% for m in messages %}{% if m['role'] == 'assistant' %}{% generation %}{{ m['content'] }}" +
  "{% endgeneration %}{% else %}{{ m['content'] }}{% endif %}<|im_end|>{% endfor %}";

const files = (text: string, config: JsonObject = {}) => ({
  source: 'the template',
  chatTemplates: new Map([['default', text]]),
  config,
});
const withTokenizer = (text: string): InspectedTemplate => ({
  writer: templateWriter(files(text), qwen),
  tokenizer: qwen,
  stopTokens: ['<|im_end|>'],
});

const TWO_TURNS = {
  messages: [
    { role: 'user', content: 'q' },
    { role: 'assistant', content: 'one' },
    { role: 'user', content: 'q' },
    { role: 'assistant', content: 'two' },
  ],
};
const named = (value: JsonObject) => ({ name: 'c', value, source: { file: 'f', row: 3 } });

function chatOf(
  template: InspectedTemplate,
  value: JsonObject,
  options?: Parameters<typeof inspectChat>[2],
): InspectedChat {
  const inspection = inspectChat(template, named(value), options);
  if ('error' in inspection) throw inspection.error;
  return inspection.chat;
}

describe('a chat', () => {
  it('has the text and the ids of a training run, its trained parts and how turns end', () => {
    const chat = chatOf(withTokenizer(CHATML), TWO_TURNS);
    expect(chat.trained).toEqual(['one<|im_end|>', 'two<|im_end|>']);
    expect(chat.pieces.map(({ text, trained }) => (trained ? `[${text}]` : text)).join('')).toBe(
      '<|im_start|>user\nq<|im_end|>\n<|im_start|>assistant\n[one<|im_end|>]\n' +
        '<|im_start|>user\nq<|im_end|>\n<|im_start|>assistant\n[two<|im_end|>]\n',
    );
    expect(chat.pieces.map(({ text }) => text).join('')).toBe(chat.text);
    const end = { endToken: '<|im_end|>', isTrained: true, isEndTrained: true, stops: true };
    expect(chat.turns).toEqual([
      { message: 1, ...end },
      { message: 3, ...end },
    ]);
    expect(chat.remarks).toEqual([]);
    const spelled = { messages: [{ role: 'user', content: '<|im_end|>' }, TWO_TURNS.messages[1]] };
    expect(chatOf(withTokenizer(CHATML), spelled).remarks).toEqual(['spellsSpecialToken']);
    const own = new Tokenizer({ ...qwen.files, chatTemplates: files(CHATML).chatTemplates });
    const { sample } = tokenizeRow(own, parseRow(TWO_TURNS, { file: 'f', row: 1 }));
    expect(chat.tokens).toEqual({
      inputIds: [...sample.inputIds],
      labels: [...sample.labels],
    });
  });

  it('says which answers are not trained', () => {
    const chat = chatOf(withTokenizer(CHATML), TWO_TURNS, { maskHistory: true });
    expect(chat.trained).toEqual(['two<|im_end|>']);
    expect(chat.turns[0]).toEqual({
      message: 1,
      isTrained: false,
      endToken: undefined,
      isEndTrained: false,
      stops: undefined,
    });
  });

  it('shows an end token that marks leave out', () => {
    const { trained, turns } = chatOf(withTokenizer(MARKED), TWO_TURNS);
    expect(trained).toEqual(['one', 'two']);
    expect(turns[1]).toMatchObject({
      isTrained: true,
      endToken: '<|im_end|>',
      isEndTrained: false,
      stops: true,
    });
  });

  it('trains a token that follows a turn where the model stops at it', () => {
    const text =
      "{% for m in messages %}{% if m['role'] == 'user' %}<|endoftext|>{% endif %}" +
      "{{ m['role'] }}:{{ m['content'] }}{% endfor %}" +
      '{% if add_generation_prompt %}assistant:{% endif %}';
    const stopping = { ...withTokenizer(text), stopTokens: ['<|endoftext|>'] };
    expect(chatOf(stopping, TWO_TURNS).trained).toEqual(['one<|endoftext|>', 'two']);
    expect(chatOf(withTokenizer(text), TWO_TURNS).trained).toEqual(['one', 'two']);
  });

  it('has one part of spans that touch', () => {
    const spans =
      "{% for m in messages %}{% if m['role'] == 'assistant' %}{% generation %}" +
      "{{ m['content'] }}{% endgeneration %}{% generation %}<|im_end|>{% endgeneration %}" +
      "{% else %}{{ m['content'] }}{% endif %}{% endfor %}";
    expect(chatOf(withTokenizer(spans), TWO_TURNS).trained).toEqual([
      'one<|im_end|>',
      'two<|im_end|>',
    ]);
  });

  it('without a tokenizer has no ids, and the special tokens that its file names', () => {
    const bare = chatOf({ writer: templateWriter(files(CHATML)) }, TWO_TURNS);
    expect(bare.tokens).toBeUndefined();
    expect(bare.trained).toEqual(['one<|im_end|>\n', 'two<|im_end|>\n']);
    expect(bare.turns[0]).toMatchObject({ endToken: undefined, stops: undefined });
    const text = CHATML.replaceAll('<|im_end|>', '{{ eos_token }}');
    const config = { eos_token: { content: '<|im_end|>' } };
    const told = chatOf({ writer: templateWriter(files(text, config)) }, TWO_TURNS);
    expect(told.trained).toEqual(['one<|im_end|>', 'two<|im_end|>']);
    expect(told.turns[0]).toMatchObject({ endToken: '<|im_end|>', stops: undefined });
  });
});

describe('chats', () => {
  it('are rendered one after the other; one that is refused has its error', async () => {
    const found = [];
    const chats = [
      named({ messages: [{ role: 'usr', content: 'x' }] }),
      named({ prompt: 'a', completion: 'b' }),
      named(TWO_TURNS),
    ];
    for await (const inspection of inspectChats(withTokenizer(CHATML), chats))
      found.push('error' in inspection ? inspection.error.message : inspection.chat.trained.length);
    expect(found).toEqual([
      'f:3: messages[0].role is "usr"',
      expect.stringMatching(/^f:3: this row is no chat/),
      2,
    ]);
  });

  it('come with samples that a template for all of them writes', async () => {
    const template =
      "{% if tools %}{{ tools|tojson }}{% endif %}{% for m in messages %}{{ m['role'] }}:" +
      "{% if m['reasoning_content'] %}{{ m['reasoning_content'] }}{% endif %}" +
      "{% if m['content'] is string %}{{ m['content'] }}{% else %}" +
      "{% for part in m['content'] %}{{ part['text'] }}{% endfor %}{% endif %}" +
      "{% for call in m['tool_calls'] or [] %}{{ call['function']['name'] }}" +
      "{{ call['function']['arguments']|tojson }}{% endfor %}<|im_end|>\n{% endfor %}" +
      '{% if add_generation_prompt %}assistant:{% endif %}';
    const texts = [];
    for await (const { name, ...rest } of inspectChats(withTokenizer(template), SAMPLE_CHATS))
      texts.push(`${name}: ${'chat' in rest ? rest.chat.trained.join('|') : rest.error.message}`);
    expect(texts.join('\n')).toMatchInlineSnapshot(`
      "a question: The lower one.<|im_end|>
      a system message: The lower one.<|im_end|>
      two turns: The lower one.<|im_end|>|Since March.<|im_end|>
      reasoning: Water stands below it.The lower one.<|im_end|>
      reasoning in two turns: Water stands below it.The lower one.<|im_end|>|The log says March.Since March.<|im_end|>
      a call and its result: open_gate{"gate": "lower"}<|im_end|>|The lower gate is open.<|im_end|>
      text beside a call, and arguments of several kinds: I open it.open_gate{"gate": "lower", "width": 1.0, "slowly": true, "until": null}<|im_end|>
      code that begins with spaces:     return x * 2
      <|im_end|>
      content in parts: The lower one.<|im_end|>"
    `);
  });
});

describe('two renderings', () => {
  const compared = (one: string, other: string) =>
    compareChats({ text: one, trained: [one] }, { text: other, trained: [one] });

  it('differ at the first character that is not the same', () => {
    expect(compared('same', 'same')).toBeUndefined();
    const before = 'x'.repeat(30);
    const difference = compared(`${before}one`, `${before}two`);
    expect(difference).toEqual({
      text: { start: 30, one: `${'x'.repeat(24)}one`, other: `${'x'.repeat(24)}two` },
      trained: undefined,
    });
    expect(compared('⛵🚤', '⛵🚢')?.text).toEqual({ start: 1, one: '⛵🚤', other: '⛵🚢' });
  });

  it('differ in trained parts of the same text', () => {
    expect(compareChats({ text: 't', trained: ['a', 'b'] }, { text: 't', trained: ['a'] })).toEqual(
      { text: undefined, trained: { part: 1, start: 0, one: 'b', other: '' } },
    );
  });
});
