// What `init` looks at before it chooses: the model, the first rows of the data, and which ways of
// training fit this machine's memory. It reads no weights and writes nothing.
import { openDataFiles, parseExample, readRows, existsLocally } from '@automodel/data';
import { AutomodelError } from '@automodel/core';
import { availableMemory, composeRun, PARTS, type PluginRegistry } from '@automodel/run';
import { checkRecipe } from '@automodel/recipe';
import type { CliContext } from '../cli-context.js';
import type { ColumnPair } from '../option-values.js';
import { askColumns } from './questions.js';
import { recipeOf, type Method, type RecipeChoice } from './recipe-choice.js';

/** Rows that are tokenised to learn how long rows are. */
const ROWS_READ = 2000;
const TOKENS_AT_ONCE = 2048;
const MOST_ROWS_AT_ONCE = 16;
/** Share of the memory that a plan may take. */
const USABLE = 0.85;
const ROUND_TO = 128;

export interface Surroundings {
  readonly modelType: string;
  readonly parameters: number;
  readonly rows: string;
  readonly longest: number;
  readonly choice: Pick<
    RecipeChoice,
    'globalBatchSize' | 'localBatchSize' | 'seqLength' | 'columns' | 'parameters'
  >;
  /**
   * Peak bytes by the plan of each way to train; undefined where it cannot be planned, such as
   * without the adapter's package.
   */
  readonly peaks: Readonly<Record<Method, number | undefined>>;
  readonly recommended: Method;
}

/** Names of a question's and an answer's column in data sets one meets. */
const PAIRS = [
  ['question', 'answer'],
  ['instruction', 'response'],
  ['query', 'response'],
  ['input', 'output'],
  ['problem', 'solution'],
  ['prompt', 'response'],
  ['prompt', 'answer'],
] as const;

/**
 * The columns to map, where the first row is of no format by itself: known by their names, or asked
 * for. Errors: those of reading the data.
 */
async function columnsOf(context: CliContext, data: string): Promise<RecipeChoice['columns']> {
  const { workingDirectory } = context;
  if (!(await existsLocally(data, workingDirectory))) return undefined;
  for (const file of await openDataFiles(data, { workingDirectory })) {
    for await (const { value, source } of readRows(file)) {
      try {
        parseExample(value, source);
        return undefined;
      } catch (error) {
        const pair = PAIRS.find(
          ([prompt, completion]) => value[prompt] !== undefined && value[completion] !== undefined,
        );
        if (!(error instanceof AutomodelError)) throw error;
        return pair === undefined
          ? await askColumns(context, Object.keys(value), error)
          : { prompt: pair[0], completion: pair[1] };
      }
    }
  }
  return undefined;
}

const largestPower = (most: number): number => 2 ** Math.floor(Math.log2(Math.max(1, most)));

/** Errors: those of opening the model and reading the data. */
export async function lookAround(
  context: CliContext,
  plugins: PluginRegistry,
  given: {
    readonly model: string;
    readonly data: string;
    readonly columns?: ColumnPair | undefined;
    readonly method?: Method | undefined;
  },
): Promise<Surroundings> {
  const { workingDirectory, signal } = context;
  const columns = given.columns ?? (await columnsOf(context, given.data));
  const base = {
    model: given.model,
    data: given.data,
    output: 'unwritten',
    epochs: 1,
    globalBatchSize: 1,
    localBatchSize: 1,
    columns,
    parameters: 0,
  };
  const compose = (choice: RecipeChoice, limit?: number): ReturnType<typeof composeRun> => {
    const recipe = recipeOf(choice);
    return composeRun(
      checkRecipe(
        limit === undefined
          ? recipe
          : {
              ...recipe,
              dataset: { ...recipe.dataset, limit_dataset_samples: limit, overlong: 'truncate' },
            },
        { environment: context.environment },
      ),
      plugins,
      { workingDirectory, signal },
    );
  };
  const first = await (async () => {
    await using run = compose({ ...base, method: 'full', seqLength: undefined });
    const [model, { folder }] = [await run.get(PARTS.model), await run.get(PARTS.modelFolder)];
    return {
      maxPositions: model.maxPositions,
      modelType: folder.modelType,
      parameters: [...folder.weights.tensors.values()].reduce(
        (sum, { shape }) => sum + shape.reduce((product, size) => product * size, 1),
        0,
      ),
    };
  })();
  await using reading = compose(
    { ...base, method: 'full', seqLength: first.maxPositions },
    ROWS_READ,
  );
  const { report } = await reading.get(PARTS.trainingData);
  const all = report.rows < ROWS_READ;
  const cut = report.longest >= first.maxPositions;
  const seqLength = cut
    ? first.maxPositions
    : all
      ? undefined
      : Math.min(first.maxPositions, Math.ceil((report.longest * 1.5) / ROUND_TO) * ROUND_TO);
  const longest = seqLength ?? report.longest;
  const localBatchSize = Math.min(
    MOST_ROWS_AT_ONCE,
    largestPower(TOKENS_AT_ONCE / longest),
    largestPower(report.rows),
  );
  const globalBatchSize = Math.max(
    localBatchSize,
    Math.min(MOST_ROWS_AT_ONCE, largestPower(report.rows / 8)),
  );
  const choice = {
    globalBatchSize,
    localBatchSize,
    seqLength,
    columns,
    parameters: first.parameters,
  };
  const peak = async (method: Method): Promise<number | undefined> => {
    try {
      await using run = compose({ ...base, ...choice, method });
      const planned = await run.plan({
        capacity: { tokens: longest * localBatchSize, segments: localBatchSize },
        microBatches: globalBatchSize / localBatchSize,
        totalSteps: 1,
      });
      return planned.report.memory.peak;
    } catch (error) {
      if (
        error instanceof AutomodelError &&
        ['missing-plugin', 'unsupported'].includes(error.code) &&
        given.method !== method
      )
        return undefined;
      throw error;
    }
  };
  const peaks = { full: await peak('full'), lora: await peak('lora'), qlora: await peak('qlora') };
  const room = availableMemory().bytes * USABLE;
  const fits = (['full', 'lora', 'qlora'] as const).find(
    (method) => (peaks[method] ?? Infinity) <= room,
  );
  const smallest =
    (['qlora', 'lora', 'full'] as const).find((method) => peaks[method] !== undefined) ?? 'full';
  return {
    ...first,
    rows: `${all ? '' : 'more than '}${all ? report.rows : ROWS_READ} rows`,
    longest: report.longest,
    choice,
    peaks,
    recommended: fits ?? smallest,
  };
}
