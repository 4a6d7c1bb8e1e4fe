// The vocabulary of a model whose tables have more rows, or fewer, than its folder's config says:
// those that an adapter brings along.
import type { AdapterFolder, HuggingFaceFolder, JsonValue } from '@automodel/checkpoint';
import type { LanguageModel } from '@automodel/contracts';

/** What config.json has to say about the vocabulary of a result; nothing if it is the folder's. */
export const vocabularyChange = (
  { config }: HuggingFaceFolder,
  size: number | undefined,
): Readonly<Record<string, JsonValue>> =>
  typeof config['vocab_size'] === 'number' && size !== undefined && config['vocab_size'] !== size
    ? { vocab_size: size }
    : {};

/** What PEFT puts around every name, and before the name of a table that it wraps. */
const MODEL = 'base_model.model.';
const WRAPPERS = [
  '',
  'modules_to_save.',
  'original_module.',
  'base_layer.',
  'token_adapter.base_layer.',
];

/**
 * Rows of the tables that an adapter brings along for a model; undefined if it brings none, or if
 * the model does not say what they are called.
 */
export function adapterVocabulary(
  { tensors }: AdapterFolder,
  { names }: LanguageModel,
): number | undefined {
  if (names === undefined) return undefined;
  for (const table of [names.embedding, names.head])
    for (const wrapper of WRAPPERS) {
      const name = MODEL + table.replace(/[^.]+$/, (parameter) => wrapper + parameter);
      const [rows] = tensors.get(name)?.shape ?? [];
      if (rows !== undefined) return rows;
    }
  return undefined;
}

/** The model itself, or the one that `create` makes with another number of rows. */
export const withVocabulary = async (
  model: LanguageModel,
  rows: number | undefined,
  create: (rows: number) => Promise<LanguageModel>,
): Promise<LanguageModel> =>
  rows === undefined || rows === model.vocabularySize ? model : create(rows);
