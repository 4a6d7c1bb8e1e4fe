// `automodel plan`: what a run will take, before it starts: memory by purpose, arithmetic, time;
// what fusion makes of a recorded graph; and the graph or the plan of one module, to be read line
// by line.
import { join } from 'node:path';
import type { LanguageModel } from '@automodel/contracts';
import { AutomodelError, printGraph, printPlan, type Graph, type Plan } from '@automodel/core';
import {
  composeRun,
  PARTS,
  type PlanSizes,
  type PluginRegistry,
  type Run,
  type RunPlan,
} from '@automodel/run';
import { type ParsedRecipe } from '@automodel/recipe';
import { pluginsFor, writeJson, type CliContext, type CommonOptions } from '../cli-context.js';
import { EXIT } from '../exit-code.js';
import { runHubOptions } from '../hub-options.js';
import { recipeFrom, type RecipeOptions } from '../recipe-options.js';
import { renderPlan } from '../render/plan-table.js';
import { structureLines } from '../render/structure-lines.js';
import { formatBytes, formatDuration } from '../render/units.js';
import { table } from '../render/table.js';
import { style } from '../terminal/style.js';

export interface PlanCommandOptions extends CommonOptions, Omit<RecipeOptions, 'graph'> {
  /** Tokens of a row and rows of a micro-batch, instead of what the data would give. */
  readonly seq?: number;
  readonly batch?: number;
  /** A recorded forward pass; `true`: the folder's. */
  readonly graph?: string | true;
  readonly fuse?: boolean;
  /** A scope; `true`: the first layer. */
  readonly printGraph?: string | true;
  readonly printPlan?: string | true;
}

const FIRST_LAYER = 'model.layers.0';
const SCOPES = 8;

/**
 * Errors: those of opening the model, and of the data unless `--seq` or a recorded graph says how
 * long rows are.
 */
export async function plan(
  context: CliContext,
  given: readonly string[],
  { graph: written, ...options }: PlanCommandOptions,
): Promise<number> {
  // The value of --graph is optional, so a recipe after it is taken for one.
  const isRecipe = typeof written === 'string' && /\.ya?ml$/.test(written);
  const [words, graph] = isRecipe ? [[written, ...given], true as const] : [given, written];
  const plugins = await pluginsFor(context, options);
  await using run = await open(
    context,
    words,
    { ...options, ...(graph === undefined ? {} : { graph }) },
    plugins,
  );
  const planned = await run.plan(
    sizesFor(await run.get(PARTS.model), words, {
      ...options,
      ...(graph === undefined ? {} : { graph }),
    }),
  );
  if (options.json === true)
    writeJson(context, {
      ...planned.report,
      structure: planned.structure,
      capacity: planned.capacity,
      total_steps: planned.totalSteps,
      micro_batches: planned.microBatches,
      step_seconds: planned.stepSeconds,
    });
  else context.streams.out.write(`${lines(planned, options, context).join('\n')}\n`);
  return EXIT.done;
}

const hasRecipe = (words: readonly string[]): boolean => words[0]?.startsWith('--') === false;

/** The run to plan; with `--graph` alone, of the graph that stands in the model's folder. */
async function open(
  context: CliContext,
  words: readonly string[],
  { graph, ...options }: PlanCommandOptions,
  plugins: PluginRegistry,
): Promise<Run> {
  const { signal, workingDirectory } = context;
  const defaults = hasRecipe(words)
    ? {}
    : {
        output: options.output ?? 'unwritten',
        ...(options.seq === undefined && graph === undefined
          ? {}
          : { data: options.data ?? 'unread' }),
      };
  const recipe = (file?: string): Promise<ParsedRecipe> =>
    recipeFrom(
      words,
      { ...options, ...defaults, ...(file === undefined ? {} : { graph: file }) },
      context,
    );
  const compose = async (file?: string): Promise<Run> =>
    composeRun(await recipe(file), plugins, {
      workingDirectory,
      signal,
      ...runHubOptions(context),
      fuse: options.fuse,
    });
  if (graph !== true) return compose(graph);
  await using first = await compose();
  return compose(join((await first.get(PARTS.modelFolder)).folder.path, 'graph.json'));
}

/**
 * Sizes that need no data: those of the options, or of a recorded graph without data. Errors:
 * `bad-argument` for others than recorded.
 */
function sizesFor(
  model: LanguageModel,
  words: readonly string[],
  { seq, batch, graph, data }: PlanCommandOptions,
): PlanSizes | undefined {
  if (model.kind !== 'recorded')
    return seq === undefined
      ? undefined
      : {
          capacity: { tokens: seq * (batch ?? 1), segments: batch ?? 1 },
          microBatches: 1,
          totalSteps: 1,
        };
  const { rows, columns, source } = model;
  if ((seq ?? columns) !== columns || (batch ?? rows) !== rows)
    throw new AutomodelError(
      'bad-argument',
      `the graph was recorded for ${rows} rows of ${columns} tokens, not ${batch ?? rows} of ` +
        `${seq ?? columns}`,
      { location: source },
    );
  const unread =
    !hasRecipe(words) && data === undefined && (seq !== undefined || graph !== undefined);
  return unread
    ? { capacity: { tokens: rows * columns, segments: rows }, microBatches: 1, totalSteps: 1 }
    : undefined;
}

function lines(
  planned: RunPlan,
  options: Omit<PlanCommandOptions, 'graph'>,
  context: CliContext,
): string[] {
  const micro = planned.programs.get('micro');
  if (micro !== undefined && options.printGraph !== undefined)
    return graphOf(micro.graph, options.printGraph === true ? FIRST_LAYER : options.printGraph);
  if (micro !== undefined && options.printPlan !== undefined)
    return planOf(micro.plan, options.printPlan === true ? FIRST_LAYER : options.printPlan);
  const { model, report, structure, capacity, totalSteps, microBatches, stepSeconds } = planned;
  const scopes = table(
    report.arenaByScope
      .slice(0, SCOPES)
      .map(({ scope, bytes }) => [`    ${scope === '' ? '(none)' : scope}`, formatBytes(bytes)]),
    new Set([1]),
  );
  return [
    ...(model.kind === 'recorded' && structure !== undefined
      ? structureLines(model.source, structure)
      : []),
    ...renderPlan(report, style(context.streams.color), stepSeconds * totalSteps),
    `  a step: ${microBatches} micro-batch${microBatches === 1 ? '' : 'es'} of ` +
      `${capacity.tokens} tokens, at least ${formatDuration(stepSeconds)}; ${totalSteps} ` +
      `step${totalSteps === 1 ? '' : 's'}`,
    '  activations at the fullest moment, by module:',
    ...scopes,
  ];
}

/** The nodes of a module, and of the graph's inputs those they can read. */
function graphOf(graph: Graph, scope: string): string[] {
  const own = (name: string): boolean => name.includes(`${scope}.`);
  const inputs = graph.inputs.filter(
    ({ input }) => own(input!.name) || (input!.kind !== 'parameter' && input!.kind !== 'state'),
  );
  return printGraph({
    ...graph,
    inputs,
    nodes: graph.nodes.filter((node) => inside(node.scope, scope)),
    assigns: graph.assigns.filter(({ target }) => own(target.input!.name)),
  }).split('\n');
}

/** The steps of a module and the buffers they touch, numbered as in the whole plan. */
function planOf(plan: Plan, scope: string): string[] {
  const [head = '', ...rest] = printPlan(plan).split('\n');
  const steps = plan.steps.map((step) => inside(step.scope, scope));
  const used = new Set(
    plan.steps.flatMap((step, i) =>
      steps[i] === true
        ? [...step.inputs, ...step.outputs].flatMap((ref) => (ref === null ? [] : [ref.buffer]))
        : [],
    ),
  );
  const buffers = rest
    .slice(0, plan.buffers.length)
    .filter((_, i) => used.has(plan.buffers[i]!.id));
  return [head, ...buffers, ...rest.slice(plan.buffers.length).filter((_, i) => steps[i])];
}

const inside = (name: string, scope: string): boolean =>
  name === scope || name.startsWith(`${scope}.`);
