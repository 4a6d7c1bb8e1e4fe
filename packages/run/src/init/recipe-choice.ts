// What `init` decides, as a recipe: the few sections a run needs, with values that fit the model,
// the data and this machine.
import type { Recipe } from '@automodel/recipe';

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
}

const SMALL_MODEL = 200e6;

/** Smaller models and adapters learn at higher rates. */
export const learningRate = ({
  method,
  parameters,
}: Pick<RecipeChoice, 'method' | 'parameters'>): number =>
  method === 'full' && parameters >= SMALL_MODEL ? 2e-5 : 2e-4;

/** The choice as data; the written file says the same. */
export function recipeOf(choice: RecipeChoice): Recipe {
  const {
    model,
    data,
    output,
    method,
    epochs,
    globalBatchSize,
    localBatchSize,
    seqLength,
    columns,
  } = choice;
  return {
    model: { pretrained_model_name_or_path: model },
    dataset: {
      path_or_dataset_id: data,
      ...(columns === undefined ? {} : { column_mapping: columns }),
      ...(seqLength === undefined ? {} : { seq_length: seqLength, overlong: 'truncate' }),
    },
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
    checkpoint: { checkpoint_dir: output, max_recent_checkpoints: 2 },
  } as Recipe;
}
