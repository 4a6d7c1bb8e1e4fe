// Normalizers and pre-tokenizers of a tokenizer.json are one step or a sequence of steps.
import { isJsonObject } from '@automodel/checkpoint';
import type { JsonObject } from '@automodel/data';

/** The steps of `value`; `listKey` names the list of a sequence. */
export function stepsOf(value: unknown, listKey: string): readonly JsonObject[] {
  if (!isJsonObject(value)) return [];
  const inner = value[listKey];
  return value['type'] === 'Sequence' && Array.isArray(inner)
    ? inner.filter(isJsonObject)
    : [value];
}
