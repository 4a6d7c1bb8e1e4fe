// `automodel plan`: what a run will take, before it starts: memory by purpose, arithmetic, time; and the graph or the plan of one module, to be read line by line.
import { printGraph, printPlan, type Graph, type Plan } from '@automodel/core';
import { composeRun, type RunPlan } from '@automodel/recipe';
import { pluginsFor, writeJson, type CliContext, type CommonOptions } from '../cli-context.js';
import { EXIT } from '../exit-code.js';
import { recipeFrom, type RecipeOptions } from '../recipe-options.js';
import { renderPlan } from '../render/plan-table.js';
import { formatBytes, formatDuration } from '../render/units.js';
import { table } from '../render/table.js';
import { style } from '../terminal/style.js';

export interface PlanCommandOptions extends CommonOptions, RecipeOptions {
  /** Tokens of a row and rows of a micro-batch, instead of what the data would give. */
  readonly seq?: number;
  readonly batch?: number;
  /** A scope; `true`: the first layer. */
  readonly graph?: string | true;
  readonly print?: string | true;
}

const FIRST_LAYER = 'model.layers.0';
const SCOPES = 8;

/** Errors: those of opening the model, and of the data unless `--seq` says how long rows are. */
export async function plan(context: CliContext, words: readonly string[], options: PlanCommandOptions): Promise<number> {
  const { streams, signal, workingDirectory } = context;
  const { seq, batch = 1 } = options;
  const given = words[0]?.startsWith('--') === false ? {} : { output: options.output ?? 'unwritten', ...(seq === undefined ? {} : { data: options.data ?? 'unread' }) };
  const recipe = await recipeFrom(words, { ...options, ...given }, context);
  await using run = composeRun(recipe, await pluginsFor(context, options), { workingDirectory, signal });
  const planned = await run.plan(seq === undefined ? undefined : { capacity: { tokens: seq * batch, segments: batch }, microBatches: 1, totalSteps: 1 });
  if (options.json === true) writeJson(context, { ...planned.report, capacity: planned.capacity, total_steps: planned.totalSteps, micro_batches: planned.microBatches, step_seconds: planned.stepSeconds });
  else streams.out.write(`${lines(planned, options, context).join('\n')}\n`);
  return EXIT.done;
}

function lines(planned: RunPlan, options: PlanCommandOptions, context: CliContext): string[] {
  const micro = planned.programs.get('micro');
  if (micro !== undefined && options.graph !== undefined) return graphOf(micro.graph, options.graph === true ? FIRST_LAYER : options.graph);
  if (micro !== undefined && options.print !== undefined) return planOf(micro.plan, options.print === true ? FIRST_LAYER : options.print);
  const { report, capacity, totalSteps, microBatches, stepSeconds } = planned;
  const scopes = table(report.arenaByScope.slice(0, SCOPES).map(({ scope, bytes }) => [`    ${scope === '' ? '(none)' : scope}`, formatBytes(bytes)]), new Set([1]));
  return [
    ...renderPlan(report, style(context.streams.color), stepSeconds * totalSteps),
    `  a step: ${microBatches} micro-batch${microBatches === 1 ? '' : 'es'} of ${capacity.tokens} tokens, at least ${formatDuration(stepSeconds)}; ${totalSteps} step${totalSteps === 1 ? '' : 's'}`,
    '  activations at the fullest moment, by module:', ...scopes,
  ];
}

/** The nodes of a module, and of the graph's inputs those they can read. */
function graphOf(graph: Graph, scope: string): string[] {
  const own = (name: string): boolean => name.includes(`${scope}.`);
  const inputs = graph.inputs.filter(({ input }) => own(input!.name) || (input!.kind !== 'parameter' && input!.kind !== 'state'));
  return printGraph({ ...graph, inputs, nodes: graph.nodes.filter((node) => inside(node.scope, scope)), assigns: graph.assigns.filter(({ target }) => own(target.input!.name)) }).split('\n');
}

/** The steps of a module and the buffers they touch, numbered as in the whole plan. */
function planOf(plan: Plan, scope: string): string[] {
  const [head = '', ...rest] = printPlan(plan).split('\n');
  const steps = plan.steps.map((step) => inside(step.scope, scope));
  const used = new Set(plan.steps.flatMap((step, i) => (steps[i] === true ? [...step.inputs, ...step.outputs].flatMap((ref) => (ref === null ? [] : [ref.buffer])) : [])));
  const buffers = rest.slice(0, plan.buffers.length).filter((_, i) => used.has(plan.buffers[i]!.id));
  return [head, ...buffers, ...rest.slice(plan.buffers.length).filter((_, i) => steps[i])];
}

const inside = (name: string, scope: string): boolean => name === scope || name.startsWith(`${scope}.`);
