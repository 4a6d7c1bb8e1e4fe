// The vocabulary of a model whose tables have more rows, or fewer, than its folder's config says:
// those that an adapter brings along.
import type { AdapterFolder, HuggingFaceFolder, JsonValue } from '@automodel/checkpoint';

/** What config.json has to say about the vocabulary of a result; nothing if it is the folder's. */
export const vocabularyChange = (
  { config }: HuggingFaceFolder,
  size: number | undefined,
): Readonly<Record<string, JsonValue>> =>
  typeof config['vocab_size'] === 'number' && size !== undefined && config['vocab_size'] !== size
    ? { vocab_size: size }
    : {};

/** Ways in which PEFT wraps a table, in its name in an adapter's file. */
const WRAPPED = '(modules_to_save|original_module|(token_adapter\\.)?base_layer)\\.';
const TABLE = new RegExp(`\\.(embed_tokens|lm_head)\\.(${WRAPPED})?weight$`);

/** Rows of the tables that an adapter brings along; undefined if it brings none. */
export function adapterVocabulary({ tensors }: AdapterFolder): number | undefined {
  for (const { name, shape } of tensors.values()) if (TABLE.test(name)) return shape[0];
  return undefined;
}
