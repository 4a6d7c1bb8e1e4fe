// Tokens that a folder's configuration gives a name: bos, eos and others.
import { isObject, type JsonObject } from '../json/json-object.js';

export const NAMED_TOKENS = [
  'bos_token',
  'eos_token',
  'unk_token',
  'sep_token',
  'pad_token',
  'cls_token',
  'mask_token',
] as const;

/** Their texts by key. */
export function namedTokens(config: JsonObject): Record<string, string> {
  const tokens: Record<string, string> = {};
  for (const key of NAMED_TOKENS) {
    const value = config[key];
    const content = isObject(value) ? value['content'] : value;
    if (typeof content === 'string') tokens[key] = content;
  }
  return tokens;
}
