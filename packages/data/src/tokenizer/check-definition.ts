// Refuses a tokenizer.json that contradicts itself. The tokenizer library reads such a file
// silently, and text would become other ids than the model was trained on: a merge of pieces that
// are in no vocabulary, two pieces of one id, an added token on the id of a word. The rules are
// those of the Rust library, which wrote the file.
import { AutomodelError } from '@automodel/core';
import { isObject, type JsonObject } from '../json/json-object.js';

type Refuse = (message: string) => AutomodelError;

const MODELS = ['BPE', 'Unigram', 'WordPiece', 'WordLevel'];
const HINT = 'correct the file, or fetch the tokenizer again';

/** More than any vocabulary has: the library makes a list as long as the largest id. */
const MAX_IDS = 1 << 24;

const isId = (value: unknown): value is number =>
  typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value < MAX_IDS;
const shown = (value: unknown): string => (JSON.stringify(value) ?? 'undefined').slice(0, 80);

/**
 * Errors: `bad-file` at `path`, naming the key; `unsupported` for a model type that does not exist.
 * Gives every piece with its id.
 */
export function checkDefinition(definition: JsonObject, path: string): ReadonlyMap<string, number> {
  const refuse: Refuse = (message) =>
    new AutomodelError('bad-file', message, { location: path, hint: HINT });
  const { model } = definition;
  if (!isObject(model)) throw refuse('there is no "model" with a vocabulary');
  const type = model['type'] ?? (Array.isArray(model['merges']) ? 'BPE' : undefined);
  if (typeof type !== 'string' || !MODELS.includes(type))
    throw new AutomodelError('unsupported', `model.type is ${shown(type ?? null)}`, {
      location: path,
      hint: `known types: ${MODELS.join(', ')}`,
    });
  const ids = type === 'Unigram' ? unigramIds(model, refuse) : vocabularyIds(model, refuse);
  if (type === 'BPE') checkMerges(model, ids, refuse);
  const { vocab } = model;
  const size = Array.isArray(vocab) ? vocab.length : ids.size;
  return checkAddedTokens(definition['added_tokens'] ?? [], ids, size, refuse);
}

/**
 * Errors: `bad-file` at `path` for a bos or eos token that is not in the vocabulary: texts would
 * silently do without it.
 */
export function checkNamedTokens(
  config: JsonObject,
  contents: ReadonlySet<string>,
  path: string,
): void {
  for (const key of ['bos_token', 'eos_token']) {
    const value = config[key] ?? undefined;
    if (value === undefined) continue;
    const content = isObject(value) ? value['content'] : value;
    const refuse: Refuse = (message) =>
      new AutomodelError('bad-file', `${key} ${message}`, {
        location: path,
        hint: 'name a token of tokenizer.json',
      });
    if (typeof content !== 'string') throw refuse(`must be a text, it is ${shown(value)}`);
    if (!contents.has(content)) throw refuse(`${shown(content)} is not in the vocabulary`);
  }
}

function vocabularyIds({ vocab }: JsonObject, refuse: Refuse): ReadonlyMap<string, number> {
  if (!isObject(vocab)) throw refuse('model.vocab must be an object of pieces and their ids');
  const ids = new Map<string, number>();
  const pieces = new Map<number, string>();
  for (const [piece, id] of Object.entries(vocab)) {
    if (!isId(id))
      throw refuse(
        `model.vocab: ${shown(piece)} has the id ${shown(id)}, which is not a whole number from ` +
          `0 to ${MAX_IDS - 1}`,
      );
    const other = pieces.get(id);
    if (other !== undefined)
      throw refuse(`model.vocab: ${shown(other)} and ${shown(piece)} both have the id ${id}`);
    ids.set(piece, id);
    pieces.set(id, piece);
  }
  if (ids.size === 0) throw refuse('model.vocab is empty');
  return ids;
}

function unigramIds({ vocab }: JsonObject, refuse: Refuse): ReadonlyMap<string, number> {
  if (!Array.isArray(vocab) || vocab.length === 0)
    throw refuse('model.vocab must be a list of pieces and their scores');
  const ids = new Map<string, number>();
  for (const [id, entry] of vocab.entries()) {
    const [piece, score] = Array.isArray(entry) ? (entry as unknown[]) : [];
    if (typeof piece !== 'string' || typeof score !== 'number')
      throw refuse(`model.vocab[${id}] must be a piece and its score, it is ${shown(entry)}`);
    ids.set(piece, id);
  }
  return ids;
}

function checkMerges(model: JsonObject, ids: ReadonlyMap<string, number>, refuse: Refuse): void {
  const { merges, continuing_subword_prefix: prefix } = model;
  if (!Array.isArray(merges)) throw refuse('model.merges must be a list of pairs of pieces');
  const skipped = typeof prefix === 'string' ? prefix.length : 0;
  for (const [i, merge] of merges.entries()) {
    const pair: unknown = typeof merge === 'string' ? merge.split(' ') : merge;
    const [left, right] = Array.isArray(pair) && pair.length === 2 ? (pair as unknown[]) : [];
    if (typeof left !== 'string' || typeof right !== 'string')
      throw refuse(`model.merges[${i}] must be a pair of pieces, it is ${shown(merge)}`);
    const missing = [left, right, left + right.slice(skipped)].find((piece) => !ids.has(piece));
    if (missing !== undefined)
      throw refuse(`model.merges[${i}]: ${shown(missing)} is not in model.vocab`);
  }
}

/** New tokens have the ids that the Rust library gives them: those behind the vocabulary. */
function checkAddedTokens(
  tokens: unknown,
  ids: ReadonlyMap<string, number>,
  size: number,
  refuse: Refuse,
): ReadonlyMap<string, number> {
  if (!Array.isArray(tokens)) throw refuse('added_tokens must be a list');
  const pieces = new Map([...ids].map(([piece, id]) => [id, piece]));
  const all = new Map(ids);
  let next = size;
  for (const [i, token] of tokens.entries()) {
    const { id, content } = isObject(token) ? token : {};
    if (!isId(id) || typeof content !== 'string' || content === '')
      throw refuse(`added_tokens[${i}] must have an id and a content, it is ${shown(token)}`);
    const other = pieces.get(id);
    if (other !== undefined && other !== content)
      throw refuse(
        `added_tokens[${i}] ${shown(content)} has the id ${id}, which is that of ${shown(other)}`,
      );
    const own = all.get(content);
    if (own !== undefined && own !== id)
      throw refuse(
        `added_tokens[${i}] ${shown(content)} has the id ${id}, and ${own} elsewhere in the file`,
      );
    if (own === undefined && id !== next++)
      throw refuse(
        `added_tokens[${i}] ${shown(content)} has the id ${id}, the next free id is ${next - 1}`,
      );
    pieces.set(id, content);
    all.set(content, id);
  }
  return all;
}
