// The post-processors of tokenizer.json: which special tokens stand before and after one text.
// Those that change only positions change nothing here.
import { isObject } from '../json/json-object.js';
import type { Part } from './part.js';

export interface SurroundingTokens {
  readonly before: readonly number[];
  readonly after: readonly number[];
}

const NONE: SurroundingTokens = { before: [], after: [] };

const TYPES: Readonly<Record<string, (part: Part) => SurroundingTokens>> = {
  RobertaProcessing: enclosing,
  BertProcessing: enclosing,
  ByteLevel: () => NONE,
  TemplateProcessing: template,
  Sequence: sequence,
};

/** Errors: `unsupported` and `bad-file` naming the part. */
export function readPostProcessor(part: Part): SurroundingTokens {
  const read = Object.hasOwn(TYPES, part.type) ? TYPES[part.type] : undefined;
  if (read === undefined) throw part.unknownType(Object.keys(TYPES));
  return read(part);
}

/** `cls` and `sep`: a token and its id each. */
function enclosing(part: Part): SurroundingTokens {
  const idOf = (key: string): number => {
    const value = part.value(key);
    const id: unknown = Array.isArray(value) ? value[1] : undefined;
    if (typeof id !== 'number')
      throw part.bad(`${part.path}.${key} must be a list of a token and its id`);
    return id;
  };
  return { before: [idOf('cls')], after: [idOf('sep')] };
}

function sequence(part: Part): SurroundingTokens {
  const adding = part
    .list('processors')
    .map((step) => ({ step, tokens: readPostProcessor(step) }))
    .filter(({ step }) => step.type !== 'ByteLevel');
  if (adding.length > 1) throw part.unsupported(`${part.path} has several steps that add tokens`);
  return adding[0]?.tokens ?? NONE;
}

function template(part: Part): SurroundingTokens {
  const before: number[] = [];
  const after: number[] = [];
  let texts = 0;
  for (const piece of part.list('single')) {
    const text = piece.optional('Sequence');
    if (text === undefined) (texts === 0 ? before : after).push(...specialIds(part, piece));
    else if (text.text('id') === 'A') texts++;
    else throw part.unsupported(`${piece.path} is a second text`);
  }
  if (texts !== 1) throw part.unsupported(`${part.path}.single has the text ${texts} times`);
  return { before, after };
}

function specialIds(part: Part, piece: Part): readonly number[] {
  const name = piece.optional('SpecialToken')?.text('id') ?? '';
  const tokens = part.value('special_tokens');
  const token = isObject(tokens) && Object.hasOwn(tokens, name) ? tokens[name] : undefined;
  const ids: unknown = isObject(token) ? token['ids'] : undefined;
  if (!Array.isArray(ids) || !ids.every((id) => typeof id === 'number'))
    throw part.bad(`${piece.path}: ${JSON.stringify(name)} is not in ${part.path}.special_tokens`);
  return ids;
}
