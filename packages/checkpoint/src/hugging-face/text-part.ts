// The text part of an image-and-text model: its config.json nests the config of a causal language
// model under `text_config`, most keys left to the defaults of transformers' config class. The
// project works with the text part alone, under a flat config; what lies around it (vision tower,
// projector, their config) is carried through a save.
import { isJsonObject } from '../files/read-json-file.js';
import { editJson, editJsonWithin } from '../json/edit-json.js';
import type { JsonObject, JsonValue } from '../json/parse-json.js';
import { CONFIG_DEFAULTS } from './config-defaults.js';
import type { Weights } from './weights.js';

const TEXT = 'text_config';

/**
 * What is silent in such a model's config: the type of its text part, and whether its head is tied.
 */
interface Wrapper {
  readonly text: string;
  readonly tied: boolean;
  /** Where transformers has its modules, if not there. */
  readonly place?: string;
}

const PLACE = 'model.language_model.';

/** Model types whose text part computes alone what it computes inside. */
const WRAPPERS: Readonly<Record<string, Wrapper>> = {
  gemma3: { text: 'gemma3_text', tied: true },
  mistral3: { text: 'mistral', tied: true },
  llava: { text: 'llama', tied: false },
  llava_next: { text: 'llama', tied: false },
  llava_next_video: { text: 'llama', tied: false },
  llava_onevision: { text: 'qwen2', tied: false },
  video_llava: { text: 'llama', tied: false },
  vipllava: { text: 'llama', tied: false },
  idefics3: { text: 'llama', tied: false, place: 'model.text_model.' },
  smolvlm: { text: 'llama', tied: false, place: 'model.text_model.' },
  internvl: { text: 'qwen2', tied: true },
};

/** Keys that such a model may state once, outside the text part. */
const SHARED = ['eos_token_id', 'bos_token_id', 'pad_token_id'];
/** Keys that hold for the whole model, even if the text part repeats them. */
const TIED = 'tie_word_embeddings';
const DTYPES = ['dtype', 'torch_dtype'];

/**
 * The config of the text part, flat and complete; undefined if the model is not such a wrapper. A
 * stored head that differs from the embedding is not tied, whatever the config says, as in
 * transformers.
 */
export async function textPart(
  config: JsonObject,
  weights: Weights,
): Promise<JsonObject | undefined> {
  const { model_type: type, [TEXT]: text = {} } = config;
  const wrapper = typeof type === 'string' ? WRAPPERS[type] : undefined;
  if (wrapper === undefined || !isJsonObject(text)) return undefined;
  const modelType = typeof text['model_type'] === 'string' ? text['model_type'] : wrapper.text;
  const tied = config[TIED] ?? (text[TIED] === true || wrapper.tied);
  return {
    ...CONFIG_DEFAULTS[modelType],
    ...membersOf(config, SHARED),
    ...text,
    ...membersOf(config, DTYPES),
    [TIED]: (await weights.headDiffers()) ? false : tied,
    model_type: modelType,
  };
}

const membersOf = (source: JsonObject, keys: readonly string[]): JsonObject =>
  Object.fromEntries(
    keys.flatMap((key) => {
      const value = source[key];
      return value === undefined ? [] : [[key, value]];
    }),
  );

/** The path of the text part's decoder among the modules of such a model. */
export function textPlace({ model_type: type }: JsonObject): string {
  return (typeof type === 'string' ? WRAPPERS[type]?.place : undefined) ?? PLACE;
}

/** config.json of such a model with members of its text part changed. */
export function editTextPart(
  { text, value }: { readonly text: string; readonly value: JsonObject },
  changes: Readonly<Record<string, JsonValue>>,
): string {
  const entries = Object.entries(changes);
  const inner = isJsonObject(value[TEXT]) ? value[TEXT] : {};
  const isWhole = (key: string): boolean => key === TIED || DTYPES.includes(key);
  const outside = entries.filter(([key]) => isWhole(key));
  const inside = entries.filter(([key]) => !isWhole(key) || key in inner);
  const edited = editJson(text, Object.fromEntries(outside));
  return inside.length === 0 ? edited : editJsonWithin(edited, TEXT, Object.fromEntries(inside));
}
