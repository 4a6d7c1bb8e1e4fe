// A tokenizer with tokens that a recipe adds: its files in a folder of their own, as transformers'
// `add_tokens` would leave them. New tokens take the ids after the last one.
import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isJsonObject, tokenizerFilesIn, type JsonObject } from '@automodel/checkpoint';
import { AutomodelError } from '@automodel/core';
import type { ResolvedRecipe } from '@automodel/recipe';

/** Tokens to add, each once. */
export interface AddedTokens {
  readonly plain: readonly string[];
  readonly special: readonly string[];
  /** Whether the model's tables may grow. */
  readonly resize: boolean;
}

/** What the tokenizer section of a recipe adds; undefined if it adds nothing. */
export function addedTokensOf({ tokenizer, dataset }: ResolvedRecipe): AddedTokens | undefined {
  for (const section of [tokenizer, dataset.tokenizer]) {
    const {
      add_tokens: plain = [],
      add_special_tokens: special = [],
      resize = true,
    } = section ?? {};
    if (plain.length + special.length > 0) return { plain, special, resize };
  }
  return undefined;
}

interface Definition {
  readonly added_tokens?: readonly { readonly id: number; readonly content: string }[] | null;
  readonly model: { readonly vocab: Readonly<Record<string, number>> | readonly unknown[] };
}

const TOKENIZER = 'tokenizer.json';
const CONFIG = 'tokenizer_config.json';

const readObject = async (path: string): Promise<JsonObject | undefined> => {
  const text = await readFile(path, 'utf8').catch(() => undefined);
  const value: unknown = text === undefined ? undefined : JSON.parse(text);
  return isJsonObject(value) ? value : undefined;
};

/**
 * Writes the tokenizer of `from` with the tokens added into the folder `to`; tokens that it has
 * already stay as they are. Errors: `missing-tokenizer` without tokenizer.json.
 */
export async function extendTokenizer(
  from: string,
  to: string,
  { plain, special }: AddedTokens,
): Promise<void> {
  const definition = (await readObject(join(from, TOKENIZER))) as
    (JsonObject & Definition) | undefined;
  if (definition === undefined)
    throw new AutomodelError('missing-tokenizer', `no ${TOKENIZER} to add tokens to`, {
      location: from,
    });
  await cp(from, to, {
    recursive: true,
    filter: async (source) => source === from || (await isCopied(from, source)),
  });
  const known = knownTokens(definition);
  let next = Math.max(-1, ...known.values()) + 1;
  const tokens = [...plain, ...special].filter((content) => !known.has(content));
  const added = tokens.map((content) => ({
    id: next++,
    content,
    single_word: false,
    lstrip: false,
    rstrip: false,
    normalized: !special.includes(content),
    special: special.includes(content),
  }));
  await writeJson(join(to, TOKENIZER), {
    ...definition,
    added_tokens: [...(definition.added_tokens ?? []), ...added],
  });
  const config = await readObject(join(from, CONFIG));
  if (config !== undefined) await writeJson(join(to, CONFIG), extendedConfig(config, added));
}

const isCopied = async (from: string, source: string): Promise<boolean> =>
  [...(await tokenizerFilesIn(from)).keys()].some((name) => source === join(from, name));

const writeJson = (path: string, value: object): Promise<void> =>
  writeFile(path, `${JSON.stringify(value, null, 2)}\n`);

/** A list has its ids by position. */
function knownTokens({ model: { vocab }, added_tokens: added }: Definition): Map<string, number> {
  const entries: readonly (readonly [string, number])[] = Array.isArray(vocab)
    ? (vocab as readonly (readonly [string, number])[]).map(([token], id) => [token, id] as const)
    : Object.entries(vocab as Readonly<Record<string, number>>);
  return new Map([...entries, ...(added ?? []).map(({ content, id }) => [content, id] as const)]);
}

interface AddedToken {
  readonly id: number;
  readonly content: string;
  readonly single_word: boolean;
  readonly lstrip: boolean;
  readonly rstrip: boolean;
  readonly normalized: boolean;
  readonly special: boolean;
}

function extendedConfig(config: JsonObject, added: readonly AddedToken[]): object {
  const { added_tokens_decoder: decoder, additional_special_tokens: listed } = config;
  const entries = added.map(({ id, ...token }) => [String(id), token] as const);
  const specials = added.filter(({ special }) => special).map(({ content }) => content);
  return {
    ...config,
    ...(isJsonObject(decoder)
      ? { added_tokens_decoder: { ...decoder, ...Object.fromEntries(entries) } }
      : {}),
    ...(specials.length > 0
      ? { additional_special_tokens: [...(Array.isArray(listed) ? listed : []), ...specials] }
      : {}),
  };
}
