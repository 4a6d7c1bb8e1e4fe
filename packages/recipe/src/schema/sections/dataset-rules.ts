// Which keys of one data set do not go together, or not with its type.
import type { z } from 'zod';
import { DATASET_TYPES } from './dataset-types.js';
import type { KEYS } from './dataset-keys.js';

/** A type of rows: ours, and those that NeMo's data sets are known by. */
export type DatasetType = (typeof DATASET_TYPES)[number]['type'];

/** NeMo's name for a type and for `streaming: true` in one. */
export type StreamedType = Extract<
  (typeof DATASET_TYPES)[number],
  { readonly streamed: unknown }
>['streamed']['type'];

type Key = keyof typeof KEYS;

/** What is known of a type. */
interface TypeFacts {
  readonly type: DatasetType;
  readonly about: string;
  readonly keys: readonly Key[];
  readonly mustMap?: keyof NonNullable<Section['column_mapping']>;
  readonly fixed?: { readonly [Name in Key]?: FixedKey };
  readonly streamed?: { readonly type: StreamedType };
}

interface FixedKey {
  readonly value: boolean;
  readonly because: string;
}

export const TYPES: readonly TypeFacts[] = DATASET_TYPES;

/** Keys that say something for some types only; for the others they would be without effect. */
const KEYS_OF_TYPES: readonly Key[] = [...new Set(TYPES.flatMap(({ keys }) => keys))];

/** Two names for one setting; the first is ours. */
const PAIRS = [
  ['path_or_dataset_id', 'path_or_dataset'],
  ['path_or_dataset_id', 'dataset_name'],
  ['seq_length', 'max_length'],
  ['limit_dataset_samples', 'num_samples_limit'],
  ['overlong', 'truncation'],
  ['mask_history', 'train_on_last_turn_only'],
] as const;

/** One data set as it is written. */
export type Section = z.output<z.ZodObject<typeof KEYS>>;
export type Problem = (key: string, message: string) => void;

/** The type of rows behind a name, and whether the name says that they are streamed. */
export function typeOf(name: DatasetType | StreamedType): {
  readonly type: DatasetType;
  readonly streamed: boolean;
} {
  const found = TYPES.find(({ streamed }) => streamed?.type === name);
  return found === undefined
    ? { type: name as DatasetType, streamed: false }
    : { type: found.type, streamed: true };
}

/** Reports keys of one data set that do not go together. */
export function checkSection(
  section: Section & { readonly type: DatasetType | StreamedType },
  problem: Problem,
): void {
  const { type, streamed } = typeOf(section.type);
  checkNames(section, problem);
  if (
    !['path_or_dataset_id', 'path_or_dataset', 'dataset_name'].some((key) => isGiven(section, key))
  )
    problem('path_or_dataset_id', 'is missing');
  checkStreaming(section, streamed || section.streaming === true, problem);
  for (const facts of TYPES) if (facts.type === type) checkType(section, facts, problem);
}

/** Reports settings that are given under two names. */
export function checkNames(section: object, problem: Problem): void {
  for (const [name, other] of PAIRS)
    if (isGiven(section, name) && isGiven(section, other))
      problem(other, `is the same setting as ${name}; give one of them`);
  if (isGiven(section, 'path_or_dataset') && isGiven(section, 'dataset_name'))
    problem('dataset_name', 'is the same setting as path_or_dataset; give one of them');
}

function checkStreaming(section: Section, streaming: boolean, problem: Problem): void {
  if (!streaming) {
    if (isGiven(section, 'shuffle_buffer_size'))
      problem(
        'shuffle_buffer_size',
        'is for streaming: true; otherwise all rows are shuffled together',
      );
    return;
  }
  for (const key of ['limit_dataset_samples', 'num_samples_limit', 'shuffle_seed'])
    if (isGiven(section, key))
      problem(key, 'cannot be used with streaming, which reads all rows in order');
  if (section.split?.includes('[') === true)
    problem('split', 'cannot be a slice with streaming, which reads all rows in order');
}

/** Reports keys that do not go with the type. */
function checkType(
  section: Section,
  { type, mustMap, keys, fixed }: TypeFacts,
  problem: Problem,
): void {
  // the completion is another name for the answer
  const mapped = { ...section.column_mapping };
  if (mustMap !== undefined && mapped[mustMap] === undefined && mapped.completion === undefined)
    problem('column_mapping', `must name the ${mustMap} column for dataset type ${type}`);
  for (const key of KEYS_OF_TYPES) {
    const value = section[key];
    const only = fixed?.[key];
    if (only !== undefined && value !== undefined && value !== only.value)
      problem(key, `must be ${only.value} for dataset type ${type}: ${only.because}`);
    if (value === undefined || value === false || keys.includes(key)) continue;
    const types = TYPES.filter((other) => other.keys.includes(key)).map((other) => other.type);
    problem(key, `has no effect for dataset type ${type}; it is for ${types.join(', ')}`);
  }
}

/** Whether a key has a value other than null. */
export const isGiven = (section: object, key: string): boolean =>
  ((section as Record<string, unknown>)[key] ?? null) !== null;
