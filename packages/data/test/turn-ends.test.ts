// Tokens at which an answer ends, from templates alone: those that end whole turns, and those that
// a template also writes inside one.
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readTokenizerFiles, stopIdsOf, Tokenizer, turnEnds } from '../src/index.js';
import { specialToken } from './special-token.js';

const FOLDER = join(import.meta.dirname, '../../../examples/quickstart/tokenizer');
const SPECIALS = ['<|start|>', '<|message|>', '<|channel|>', '<|end|>', '<|return|>', '<|call|>'];

/** The quickstart's tokenizer with further special tokens and another template. */
async function tokenizerOf(template?: string): Promise<Tokenizer> {
  const files = await readTokenizerFiles(FOLDER);
  const added = SPECIALS.map((content, i) => specialToken(content, { id: 2000 + i }));
  const known = files.definition['added_tokens'] as readonly unknown[];
  return new Tokenizer({
    ...files,
    definition: { ...files.definition, added_tokens: [...known, ...added] },
    chatTemplates: template === undefined ? files.chatTemplates : new Map([['default', template]]),
  });
}

const textsOf = (tokenizer: Tokenizer, ids: readonly number[]): (string | undefined)[] =>
  ids.map((id) => tokenizer.idToToken(id));

test('ChatML ends turns with one token, named after those of the settings', async () => {
  const tokenizer = await tokenizerOf();
  const { stops, unclear } = turnEnds(tokenizer);
  expect(textsOf(tokenizer, stops)).toEqual(['<|im_end|>']);
  expect(unclear).toEqual([]);
  expect(stopIdsOf(tokenizer, [0])).toEqual([0, tokenizer.eosTokenId]);
  expect(stopIdsOf(undefined, [7])).toEqual([7]);
});

test('a token that closes a channel inside a turn ends none', async () => {
  const tokenizer = await tokenizerOf(
    "{% for m in messages %}<|start|>{{ m['role'] }}" +
      "{% if m['thinking'] %}<|channel|>analysis<|message|>{{ m['thinking'] }}<|end|>" +
      '<|start|>assistant{% endif %}' +
      "<|message|>{{ m['content'] }}<|end|>{% endfor %}" +
      '{% if add_generation_prompt %}<|start|>assistant{% endif %}',
  );
  const { stops, unclear } = turnEnds(tokenizer);
  expect(stops).toEqual([]);
  expect(textsOf(tokenizer, unclear)).toEqual(['<|end|>']);
  expect(stopIdsOf(tokenizer, [0])).not.toContain(unclear[0]);
});

test('a turn that calls may end with a token of its own', async () => {
  const tokenizer = await tokenizerOf(
    "{% for m in messages %}<|start|>{{ m['role'] }}<|message|>{{ m['content'] }}" +
      "{% if m['tool_calls'] %}<|call|>{% else %}<|return|>{% endif %}{% endfor %}" +
      '{% if add_generation_prompt %}<|start|>assistant<|message|>{% endif %}',
  );
  const { stops } = turnEnds(tokenizer);
  expect(textsOf(tokenizer, stops).sort()).toEqual(['<|call|>', '<|return|>']);
});

test('a template that ends turns with words, or refuses every chat, has none', async () => {
  for (const template of [
    "{% for m in messages %}{{ m['content'] }} END\n{% endfor %}",
    "{{ raise_exception('no') }}",
  ])
    expect(turnEnds(await tokenizerOf(template))).toEqual({ stops: [], unclear: [] });
});
