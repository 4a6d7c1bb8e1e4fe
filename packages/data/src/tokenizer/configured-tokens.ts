// Tokens that tokenizer_config.json adds to those of tokenizer.json, and the settings that it gives
// to those that are there, as transformers 5 reads it: `added_tokens_decoder`, the named tokens and
// the lists of further special tokens.
import { AutomodelError } from '@automodel/core';
import { isObject, type JsonObject } from '../json/json-object.js';
import { addedTokenSettings, type AddedTokenSettings } from '../pipeline/added-token.js';
import { NAMED_TOKENS } from './named-tokens.js';

const LISTS = ['extra_special_tokens', 'additional_special_tokens'] as const;

/** Tokens by the ids that the file says. Errors: `bad-file`. */
export function decoderTokens(
  config: JsonObject,
  location: string,
): ReadonlyMap<number, AddedTokenSettings> {
  const written = config['added_tokens_decoder'] ?? {};
  const tokens = new Map<number, AddedTokenSettings>();
  for (const [id, value] of Object.entries(isObject(written) ? written : {})) {
    const token = isObject(value) ? addedTokenSettings(value) : undefined;
    if (token === undefined || !/^\d+$/.test(id))
      throw new AutomodelError(
        'bad-file',
        `added_tokens_decoder: ${JSON.stringify(id)} must be the id of a token with a content`,
        { location, hint: 'correct the file, or fetch the tokenizer again' },
      );
    tokens.set(Number(id), token);
  }
  return new Map([...tokens].sort(([a], [b]) => a - b));
}

/** What is added behind tokenizer.json's own tokens, in turn. Errors: `bad-file`. */
export function configuredTokens(
  definition: JsonObject,
  config: JsonObject,
  location: string,
): readonly (readonly AddedTokenSettings[])[] {
  const own = ownTokens(definition);
  const decoder = [...decoderTokens(config, location).values()];
  const known = new Map([...own, ...decoder].map((token) => [token.content, token]));
  const special = [
    ...NAMED_TOKENS.flatMap((key) => namedToken(config[key], known)),
    ...listedTokens(config),
  ];
  const missing = special.filter(({ content }) => !known.has(content));
  return [own, [...decoder, ...missing], special];
}

/**
 * Errors: `bad-file` for a token that is new and gets another id than the file says. `idOf`: ids as
 * they were given; `isOwn`: whether tokenizer.json has the token.
 */
export function checkDecoderIds(
  config: JsonObject,
  location: string,
  idOf: (content: string) => number | undefined,
  isOwn: (content: string) => boolean,
): void {
  for (const [id, { content }] of decoderTokens(config, location)) {
    const given = idOf(content);
    if (given === id || isOwn(content)) continue;
    throw new AutomodelError(
      'bad-file',
      `added_tokens_decoder says ${JSON.stringify(content)} has the id ${id}, the next free id ` +
        `of tokenizer.json is ${given}`,
      { location, hint: 'add the token to tokenizer.json, or correct its id' },
    );
  }
}

function ownTokens({ added_tokens: tokens }: JsonObject): AddedTokenSettings[] {
  if (!Array.isArray(tokens)) return [];
  return tokens.flatMap((token: unknown) => addedTokenSettings(token) ?? []);
}

/** A named token is special, with its settings where it has some. */
function namedToken(
  value: unknown,
  known: ReadonlyMap<string, AddedTokenSettings>,
): AddedTokenSettings[] {
  const token = addedTokenSettings(value);
  if (token === undefined) return [];
  const settings = known.get(token.content);
  if (settings !== undefined) return [{ ...settings, special: true }];
  return [addedTokenSettings({ ...(isObject(value) ? value : token), special: true }) ?? token];
}

function listedTokens(config: JsonObject): AddedTokenSettings[] {
  const list = LISTS.map((key) => config[key]).find((value) => Array.isArray(value));
  return (list ?? []).flatMap((value: unknown) => {
    const token = addedTokenSettings(value);
    return token === undefined ? [] : [{ ...token, special: true }];
  });
}
