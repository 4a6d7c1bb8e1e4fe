// Finds out what a recipe depends on: the model, the first rows of the data, and which ways of
// training fit this machine's memory. It reads no weights and writes nothing.
import { AutomodelError } from '@automodel/core';
import { existsLocally, openDataFiles, type TextUnit } from '@automodel/data';
import { checkRecipe, type Environment, type Recipe } from '@automodel/recipe';
import { openRun, type OpenOptions } from '../open/open-run.js';
import type { OpenedRun } from '../open/opened-run.js';
import type { PluginRegistry } from '../plugins/plugin-registry.js';
import { formatOf, openSection } from '../open/open-section.js';
import { rowBatches, textBatches, type RowSizes } from './batch-choice.js';
import { chooseEvaluation } from './choose-evaluation.js';
import { dataColumns, type AskColumns } from './data-columns.js';
import { folderSplits } from './folder-splits.js';
import { heldOutOf } from './held-out.js';
import { dataFacts, textUnitOf, type DataFacts } from './look-at-data.js';
import { plannedPeak, recommend } from './planned-peak.js';
import { recipeOf, type ColumnPair, type Method, type RecipeChoice } from './recipe-choice.js';
import { COUNTED } from './spread-rows.js';

/** Rows that are tokenised to learn how long rows are. */
const ROWS_READ = 2000;
/** Packs of text of which nothing is known yet. */
const UNCUT = 128;

/** What was found, and the settings that follow from it. */
export interface Surroundings {
  readonly modelType: string;
  readonly parameters: number;
  readonly rows: string;
  readonly longest: number;
  readonly choice: Pick<
    RecipeChoice,
    | 'globalBatchSize'
    | 'localBatchSize'
    | 'seqLength'
    | 'columns'
    | 'parameters'
    | 'heldOut'
    | 'splits'
    | 'text'
    | 'evaluation'
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
  /** Rows to hold out; undefined: a tenth of them. */
  readonly heldOut?: number | undefined;
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
  const found = await folderSplits(given.data, workingDirectory);
  const local = { workingDirectory, split: found && 'train' };
  const columns = given.columns ?? (await dataColumns(given.data, { ...local, ask: askColumns }));
  const sampleBy = await textUnit(given.data, local);
  const isHeld = found?.heldOut !== undefined && given.heldOut === undefined;
  const base: RecipeChoice = {
    ...UNDECIDED,
    model: given.model,
    data: given.data,
    columns,
    splits: found && { heldOut: isHeld ? found.heldOut : undefined },
    text: sampleBy && { sampleBy, packLength: UNCUT },
  };
  const open = opener(plugins, options);
  const model = await modelFacts(open, base);
  const { isText, answers, lengths, count } = await answerFacts(open, base, workingDirectory);
  const kind = isText ? { ...base, text: { sampleBy, packLength: model.maxPositions } } : base;
  const rows = await rowSizes(open, kind, model.maxPositions);
  const { rowLength, ...sizes } = isText
    ? textBatches(rows, model.maxPositions, sampleBy)
    : rowBatches(rows, model.maxPositions);
  const { parameters } = model;
  const heldOut = isHeld ? found.count : (given.heldOut ?? heldOutOf(count));
  const choice = {
    ...sizes,
    splits: base.splits,
    columns,
    parameters,
    heldOut,
    evaluation: chooseEvaluation({ answers, lengths, heldOut, parameters }),
  };
  const peakOf = (method: Method): Promise<number | undefined> =>
    plannedPeak(() => open({ ...base, ...choice, method }), {
      rowLength,
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
    rows: count < COUNTED ? `${count} rows` : `${COUNTED} rows or more`,
    longest: rows.longest,
    choice,
    peaks,
    recommended: recommend(peaks),
  };
}

/** A choice of which nothing is known yet. */
const UNDECIDED: Omit<RecipeChoice, 'model' | 'data'> = {
  output: 'unwritten',
  method: 'full',
  epochs: 1,
  globalBatchSize: 1,
  localBatchSize: 1,
  seqLength: undefined,
  columns: undefined,
  parameters: 0,
  heldOut: 0,
  splits: undefined,
  text: undefined,
  evaluation: undefined,
};

/** Undefined for what is not on this machine, and for other files than text. */
async function textUnit(
  data: string,
  local: { readonly workingDirectory: string; readonly split: string | undefined },
): Promise<TextUnit | undefined> {
  if (!(await existsLocally(data, local.workingDirectory))) return undefined;
  return textUnitOf(await openDataFiles(data, local));
}

const limitedTo = (limit: number, recipe: Recipe): Recipe => ({
  ...recipe,
  dataset: {
    ...recipe.dataset,
    limit_dataset_samples: limit,
    overlong: recipe.packed_sequence === undefined ? 'truncate' : 'split',
  },
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

/** The rows as samples: no more than `ROWS_READ` are tokenised. */
async function rowSizes(open: Open, base: RecipeChoice, maxPositions: number): Promise<RowSizes> {
  await using run = open({ ...base, seqLength: maxPositions }, ROWS_READ);
  const { report } = await run.trainingData();
  const { rows: count, longest, tokens } = report;
  return { count, isAll: count < ROWS_READ, longest, tokens };
}

/** What the data is, and the tokens of its answers. */
async function answerFacts(
  open: Open,
  base: RecipeChoice,
  workingDirectory: string,
): Promise<DataFacts & { readonly lengths: readonly number[] }> {
  await using run = open(base);
  const { dataset } = run.recipe;
  if (dataset.type === 'mixed') throw new AutomodelError('internal', 'a mixture was chosen');
  const files = await openSection(dataset, { workingDirectory });
  const facts = await dataFacts(files, formatOf(dataset));
  const tokenizer = await run.tokenizer();
  const lengths = facts.answers.map(
    (answer) => tokenizer.encode(answer, { addSpecialTokens: false }).length,
  );
  return { ...facts, lengths };
}
