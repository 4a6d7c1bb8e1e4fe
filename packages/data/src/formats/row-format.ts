// What a dataset type is: one object in one file of this folder, named as the type is.
// `npm run dataset-types` takes all of them into formats.ts, and what a recipe has to know of them
// into @automodel/recipe, which loads in a browser and imports none of this.
import type { ParsedRow } from '../rows/parsed-row.js';
import type { RowReader } from '../rows/row-reader.js';

/** Keys of a recipe's dataset section that say something for some types only. */
export const FORMAT_KEYS = [
  'column_mapping',
  'use_hf_chat_template',
  'mask_history',
  'mask_reasoning_content',
  'append_eos',
] as const;

export type FormatKey = (typeof FORMAT_KEYS)[number];

/** How the rows of a dataset type are read, and what recipes may say of them. */
export interface RowFormat {
  /** `dataset.type` of a recipe. */
  readonly type: string;
  /** What rows hold, as the reference of recipes says it after the type and a colon. */
  readonly about: string;
  /** Columns that can be given another name (`column_mapping`). */
  readonly columns: readonly string[];
  /** The one of them that must be given a name. */
  readonly mustMap?: string | undefined;
  /** Keys that say something for this type. */
  readonly keys: readonly FormatKey[];
  /** Those of them that can have one value only. */
  readonly fixed?: Readonly<Partial<Record<FormatKey, FixedKey>>> | undefined;
  /** Whether what is not rendered as a chat ends with eos where `append_eos` is not set. */
  readonly appendsEos: boolean;
  /** What NeMo's recipes call it (`_target_`). */
  readonly nemo: readonly PythonName[];
  /** NeMo's name for the type when it is streamed, and what its recipes call that. */
  readonly streamed?: { readonly type: string; readonly nemo: readonly PythonName[] } | undefined;
  /** Errors: `bad-data` at file:row. */
  readonly read: (row: RowReader) => ParsedRow;
}

/** A class or function of NeMo's, its module below `nemo_automodel.components.datasets`. */
export interface PythonName {
  readonly module: string;
  readonly name: string;
}

/** A key with one value, and why: the end of a sentence. */
export interface FixedKey {
  readonly value: boolean;
  readonly because: string;
}
