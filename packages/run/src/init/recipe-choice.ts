// What `init` decides, as a recipe: the few sections a run needs, with values that fit the model,
// the data and this machine.
import type { DatasetInput, Recipe } from '@automodel/recipe';
import type { TextUnit } from '@automodel/data';
import type { EvaluationChoice } from './choose-evaluation.js';
import { HELD_OUT_SEED } from './held-out.js';
import { learningRate } from './learning-rate.js';

/** The columns of a data file that hold the question and its answer. */
export interface ColumnPair {
  readonly prompt: string;
  readonly completion: string;
}

/** What is trained. */
export type Method = 'full' | 'lora' | 'qlora';

/** Each method in one line. */
export const METHODS: Readonly<Record<Method, string>> = {
  full: 'all weights: learns the most, takes the most memory',
  lora: 'a LoRA adapter: small matrices beside frozen weights',
  qlora: 'a LoRA adapter over weights held in 4 bits: takes the least memory',
};

/** How plain text is cut. */
export interface TextChoice {
  /** What a row of a text file is; undefined: a line, or no text file. */
  readonly sampleBy: TextUnit | undefined;
  /** Tokens of a pack; longer documents are split. */
  readonly packLength: number;
}

/** The split of a data set for training, which is `train`, and what stands beside it. */
export interface SplitChoice {
  /** The split that is held out; undefined: rows of the training split are. */
  readonly heldOut: string | undefined;
}

/** The settings that a recipe is written from. */
export interface RecipeChoice {
  readonly model: string;
  readonly data: string;
  readonly output: string;
  readonly method: Method;
  readonly epochs: number;
  readonly globalBatchSize: number;
  readonly localBatchSize: number;
  /** Rows longer than this are cut; undefined: all rows fit. */
  readonly seqLength: number | undefined;
  /** Columns of the prompt and the answer, if the reader of rows does not know their names. */
  readonly columns: ColumnPair | undefined;
  readonly parameters: number;
  /** Rows that are never trained on; 0: none. */
  readonly heldOut: number;
  /** Of a folder with a training split; undefined: the data is used whole. */
  readonly splits: SplitChoice | undefined;
  /** Undefined: questions and answers. */
  readonly text: TextChoice | undefined;
  /** Undefined: no answers are generated. */
  readonly evaluation: EvaluationChoice | undefined;
}

/** Which rows are trained on, or held out. */
function rowsOf(
  { heldOut, splits }: RecipeChoice,
  part: 'trained' | 'held out',
): Pick<DatasetInput, 'split' | 'shuffle_seed'> {
  if (splits?.heldOut !== undefined)
    return { split: part === 'trained' ? 'train' : splits.heldOut };
  if (heldOut === 0) return splits === undefined ? {} : { split: 'train' };
  return {
    shuffle_seed: HELD_OUT_SEED,
    split: part === 'trained' ? `train[${heldOut}:]` : `train[:${heldOut}]`,
  };
}

/** A dataset section: the rows that are trained on, or those that are held out. */
function sectionOf(choice: RecipeChoice, part: 'trained' | 'held out'): DatasetInput {
  const { data, columns, seqLength, text } = choice;
  return {
    path_or_dataset_id: data,
    ...(text?.sampleBy === undefined ? {} : { sample_by: text.sampleBy }),
    ...(columns === undefined ? {} : { column_mapping: columns }),
    ...(text === undefined ? {} : { seq_length: text.packLength, overlong: 'split' }),
    ...(text !== undefined || seqLength === undefined
      ? {}
      : { seq_length: seqLength, overlong: 'truncate' }),
    ...rowsOf(choice, part),
  };
}

/** The sections of data and of what is measured on it. */
export function dataSectionsOf(
  choice: RecipeChoice,
): Pick<Recipe, 'dataset' | 'validation_dataset' | 'packed_sequence' | 'evaluation'> {
  const { heldOut, text, evaluation } = choice;
  const held = sectionOf(choice, 'held out');
  return {
    dataset: sectionOf(choice, 'trained'),
    ...(heldOut === 0 ? {} : { validation_dataset: held }),
    ...(text === undefined ? {} : { packed_sequence: { packed_sequence_size: text.packLength } }),
    ...(evaluation === undefined
      ? {}
      : {
          evaluation: {
            dataset: { ...held, limit_dataset_samples: evaluation.rows },
            metrics: [...evaluation.metrics],
            max_new_tokens: evaluation.maxNewTokens,
          },
        }),
  };
}

/** The choice as data; the written file says the same. */
export function recipeOf(choice: RecipeChoice): Recipe {
  const { model, output, method, epochs, globalBatchSize, localBatchSize } = choice;
  return {
    model: { pretrained_model_name_or_path: model },
    ...dataSectionsOf(choice),
    ...(method === 'full' ? {} : { peft: { type: 'lora', dim: 16, alpha: 32 } }),
    ...(method === 'qlora' ? { quantization: { load_in_4bit: true } } : {}),
    step_scheduler: {
      global_batch_size: globalBatchSize,
      local_batch_size: localBatchSize,
      num_epochs: epochs,
      ckpt_every_steps: 200,
    },
    optimizer: { type: 'adamw', lr: learningRate(choice) },
    lr_scheduler: { lr_decay_style: 'cosine' },
    checkpoint: {
      checkpoint_dir: output,
      max_recent_checkpoints: 2,
      ...(choice.heldOut === 0 ? {} : { load_best_at_end: true }),
    },
  };
}
