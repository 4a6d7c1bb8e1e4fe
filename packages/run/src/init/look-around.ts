// Finds out what a recipe depends on: the model, the first rows of the data, and which ways of
// training fit this machine's memory. It reads no weights and writes nothing.
import { AutomodelError } from '@automodel/core';
import { checkRecipe, type Environment, type Recipe } from '@automodel/recipe';
import { planRecipe } from '../check/plan-recipe.js';
import { availableMemory } from '../machine/available-memory.js';
import { openRun, type OpenOptions } from '../open/open-run.js';
import type { OpenedRun } from '../open/opened-run.js';
import type { PluginRegistry } from '../plugins/plugin-registry.js';
import { dataColumns, type AskColumns } from './data-columns.js';
import { recipeOf, type ColumnPair, type Method, type RecipeChoice } from './recipe-choice.js';

/** Rows that are tokenised to learn how long rows are. */
const ROWS_READ = 2000;
const TOKENS_AT_ONCE = 2048;
const MAX_ROWS_AT_ONCE = 16;
/** Share of the memory that a plan may take. */
const USABLE = 0.85;
const ROUND_TO = 128;

/** What was found, and the settings that follow from it. */
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
   * Planned peak bytes of each method; undefined if it cannot be planned, for example without the
   * adapter's package.
   */
  readonly peaks: Readonly<Record<Method, number | undefined>>;
  readonly recommended: Method;
}

/** What the user gave. */
interface Given {
  readonly model: string;
  readonly data: string;
  readonly columns?: ColumnPair | undefined;
  readonly method?: Method | undefined;
}

/** Where to look, and how to ask for columns. */
export interface LookOptions extends Pick<OpenOptions, 'signal'> {
  /** Variables that a recipe may refer to. */
  readonly environment: Environment;
  /** Where relative paths start. */
  readonly workingDirectory: string;
  readonly askColumns: AskColumns;
}

/** Opens a run of a choice, with at most `limit` rows of its data. */
type Open = (choice: RecipeChoice, limit?: number) => OpenedRun;

/** Looks at a model and its data. Errors: those of opening the model and reading the data. */
export async function lookAround(
  plugins: PluginRegistry,
  given: Given,
  options: LookOptions,
): Promise<Surroundings> {
  const { workingDirectory, askColumns } = options;
  const columns = given.columns ?? (await dataColumns(given.data, workingDirectory, askColumns));
  const base: RecipeChoice = {
    model: given.model,
    data: given.data,
    output: 'unwritten',
    method: 'full',
    epochs: 1,
    globalBatchSize: 1,
    localBatchSize: 1,
    seqLength: undefined,
    columns,
    parameters: 0,
  };
  const open = opener(plugins, options);
  const model = await modelFacts(open, base);
  const rows = await rowFacts(open, base, model.maxPositions);
  const choice = { ...batchSizes(rows), columns, parameters: model.parameters };
  const peakOf = (method: Method): Promise<number | undefined> =>
    plannedPeak(() => open({ ...base, ...choice, method }), {
      rowLength: rows.rowLength,
      choice,
      mayFail: given.method !== method,
    });
  const peaks = {
    full: await peakOf('full'),
    lora: await peakOf('lora'),
    qlora: await peakOf('qlora'),
  };
  return {
    modelType: model.modelType,
    parameters: model.parameters,
    rows: rows.isAll ? `${rows.count} rows` : `more than ${ROWS_READ} rows`,
    longest: rows.longest,
    choice,
    peaks,
    recommended: recommend(peaks),
  };
}

const limitedTo = (limit: number, recipe: Recipe): Recipe => ({
  ...recipe,
  dataset: { ...recipe.dataset, limit_dataset_samples: limit, overlong: 'truncate' },
});

function opener(
  plugins: PluginRegistry,
  { workingDirectory, signal, environment }: LookOptions,
): Open {
  return (choice, limit) => {
    const whole = recipeOf(choice);
    const recipe = limit === undefined ? whole : limitedTo(limit, whole);
    const checked = checkRecipe(recipe, { environment });
    return openRun(checked, plugins, { workingDirectory, signal });
  };
}

interface ModelFacts {
  readonly modelType: string;
  readonly maxPositions: number;
  readonly parameters: number;
}

async function modelFacts(open: Open, base: RecipeChoice): Promise<ModelFacts> {
  await using run = open(base);
  const [model, { folder }] = [await run.model(), await run.modelFolder()];
  const sizes = [...folder.weights.tensors.values()].map(({ shape }) =>
    shape.reduce((product, size) => product * size, 1),
  );
  return {
    modelType: folder.modelType,
    maxPositions: model.maxPositions,
    parameters: sizes.reduce((sum, size) => sum + size, 0),
  };
}

interface RowFacts {
  /** Rows that were read. */
  readonly count: number;
  /** Whether there are no more rows. */
  readonly isAll: boolean;
  /** Tokens of the longest row that was read. */
  readonly longest: number;
  /** Longer rows are cut; undefined: all rows fit. */
  readonly seqLength: number | undefined;
  /** Tokens to plan for. */
  readonly rowLength: number;
}

async function rowFacts(open: Open, base: RecipeChoice, maxPositions: number): Promise<RowFacts> {
  await using run = open({ ...base, seqLength: maxPositions }, ROWS_READ);
  const { report } = await run.trainingData();
  const { rows: count, longest } = report;
  const isAll = count < ROWS_READ;
  const seqLength = lengthLimit(longest, isAll, maxPositions);
  return { count, isAll, longest, seqLength, rowLength: seqLength ?? longest };
}

function lengthLimit(longest: number, isAll: boolean, maxPositions: number): number | undefined {
  if (longest >= maxPositions) return maxPositions;
  if (isAll) return undefined;
  // rows that were not read may be longer
  return Math.min(maxPositions, Math.ceil((longest * 1.5) / ROUND_TO) * ROUND_TO);
}

const largestPower = (maximum: number): number => 2 ** Math.floor(Math.log2(Math.max(1, maximum)));

function batchSizes({
  count,
  rowLength,
  seqLength,
}: RowFacts): Pick<RecipeChoice, 'globalBatchSize' | 'localBatchSize' | 'seqLength'> {
  const localBatchSize = Math.min(
    MAX_ROWS_AT_ONCE,
    largestPower(TOKENS_AT_ONCE / rowLength),
    largestPower(count),
  );
  const wanted = Math.min(MAX_ROWS_AT_ONCE, largestPower(count / 8));
  return { globalBatchSize: Math.max(localBatchSize, wanted), localBatchSize, seqLength };
}

interface Planned {
  readonly rowLength: number;
  readonly choice: Surroundings['choice'];
  /** A method that cannot be planned is not an error. */
  readonly mayFail: boolean;
}

/** Planned peak bytes. Errors: those of planning, unless the method may fail. */
async function plannedPeak(
  open: () => OpenedRun,
  { rowLength, choice, mayFail }: Planned,
): Promise<number | undefined> {
  const { globalBatchSize, localBatchSize } = choice;
  try {
    await using run = open();
    const planned = await planRecipe(run, {
      capacity: { token: rowLength * localBatchSize, document: localBatchSize },
      microBatches: globalBatchSize / localBatchSize,
      totalSteps: 1,
    });
    return planned.report.memory.peak;
  } catch (error) {
    const isMissing =
      error instanceof AutomodelError && ['missing-plugin', 'unsupported'].includes(error.code);
    if (mayFail && isMissing) return undefined;
    throw error;
  }
}

/** The first method that fits, or the one that takes the least memory. */
function recommend(peaks: Surroundings['peaks']): Method {
  const room = availableMemory().bytes * USABLE;
  const fits = (['full', 'lora', 'qlora'] as const).find(
    (method) => (peaks[method] ?? Infinity) <= room,
  );
  const smallest = (['qlora', 'lora', 'full'] as const).find(
    (method) => peaks[method] !== undefined,
  );
  return fits ?? smallest ?? 'full';
}
