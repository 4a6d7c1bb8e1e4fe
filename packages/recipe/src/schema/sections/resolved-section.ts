// One data set under our names only, with defaults: what a checked recipe holds.
import { isGiven, type DatasetType, type Section } from './dataset-rules.js';

/** Other names of settings, which a checked section no longer has. */
type OtherNames =
  | 'max_length'
  | 'num_samples_limit'
  | 'truncation'
  | 'path_or_dataset'
  | 'dataset_name'
  | 'train_on_last_turn_only';

/** Settings that a checked section always has. */
type Filled =
  | 'cache'
  | 'streaming'
  | 'path_or_dataset_id'
  | 'seq_length'
  | 'limit_dataset_samples'
  | 'answer_only_loss_mask'
  | 'mask_history'
  | 'mask_reasoning_content'
  | 'overlong';

type Keys = Omit<Section, OtherNames>;

/** A section without its type. */
export type CompletedSection = Omit<Keys, Filled> & {
  readonly [Name in Filled]: Exclude<Keys[Name], undefined>;
};

/** One data set: what its rows are read from and how. */
export type ResolvedSection = CompletedSection & { readonly type: DatasetType };

/** A section under our names only, with defaults. `inherited`: what a mixture sets for it. */
export function completed<T extends string>(
  type: T,
  section: Section,
  inherited: Partial<Section> = {},
): CompletedSection & { readonly type: T } {
  const {
    max_length,
    num_samples_limit,
    truncation: _truncation,
    path_or_dataset,
    dataset_name,
    train_on_last_turn_only,
    cache,
    streaming,
    ...own
  } = section;
  return {
    ...own,
    type,
    cache: cache ?? inherited.cache ?? true,
    streaming: streaming ?? false,
    path_or_dataset_id: own.path_or_dataset_id ?? path_or_dataset ?? dataset_name ?? '',
    seq_length: own.seq_length ?? max_length ?? inherited.seq_length ?? null,
    limit_dataset_samples: own.limit_dataset_samples ?? num_samples_limit ?? null,
    answer_only_loss_mask: own.answer_only_loss_mask ?? inherited.answer_only_loss_mask ?? true,
    mask_history: own.mask_history ?? train_on_last_turn_only ?? inherited.mask_history ?? false,
    mask_reasoning_content: own.mask_reasoning_content ?? inherited.mask_reasoning_content ?? false,
    overlong: own.overlong ?? overlongOf(section) ?? inherited.overlong ?? 'error',
  };
}

/** What NeMo's `truncation` says about long rows. */
function overlongOf(section: Section): 'error' | 'truncate' | undefined {
  if (!isGiven(section, 'truncation')) return undefined;
  const { truncation } = section;
  return truncation === false || truncation === 'do_not_truncate' ? 'error' : 'truncate';
}
