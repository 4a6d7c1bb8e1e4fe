// `automodel plan`: what a run will take, before it starts: memory by purpose, arithmetic, time;
// what fusion makes of a recorded graph; and the graph or the plan of one module, to be read line
// by line.
import { join } from 'node:path';
import type { Device, LanguageModel } from '@automodel/contracts';
import { AutomodelError } from '@automodel/core';
import {
  busyMachine,
  composeRun,
  type PlanSizes,
  type PluginRegistry,
  type Run,
  type RunPlan,
} from '@automodel/run';
import { mirroredHost } from '@automodel/session';
import { writeJson, type CommandContext } from '../cli-context.js';
import { EXIT } from '../exit-code.js';
import type { OPTIONS } from '../declarations/plan.js';
import type { CommandOptions } from '../grammar/declare-command.js';
import { runHubOptions } from '../hub-options.js';
import { pluginsFor } from '../plugins-for.js';
import { moduleGraph, modulePlan } from '../render/module-print.js';
import { renderPlan } from '../render/plan-table.js';
import { counted } from '../render/sentence.js';
import { trafficLines } from '../render/traffic-lines.js';
import { structureLines } from '../render/structure-lines.js';
import { formatAbout, formatBytes } from '../render/units.js';
import { table } from '../render/table.js';
import { during } from '../terminal/progress-line.js';
import { style } from '../terminal/style.js';
import { recipeFrom } from './recipe-options.js';

type Options = CommandOptions<typeof OPTIONS>;

const FIRST_LAYER = 'model.layers.0';
const SCOPES = 8;

/**
 * Errors: those of opening the model, and of the data unless `--seq` or a recorded graph says how
 * long rows are.
 */
export async function run(
  context: CommandContext,
  read: Options,
  given: readonly string[],
): Promise<number> {
  const { words, options } = withRecipe(given, read);
  const plugins = await pluginsFor(context, options);
  await using opened = await open(context, words, options, plugins);
  const { streams } = context;
  const model = await during(streams, 'opening the model', () => opened.opened.model());
  const sizes = sizesFor(model, words, options);
  const work = sizes === undefined ? 'reading the data and compiling' : 'compiling';
  const speed = speedOf(options);
  const planned = await during(streams, work, () => opened.plan(sizes, speed));
  if (options.json === true)
    writeJson(context, {
      ...planned.report,
      structure: planned.structure,
      capacity: { tokens: planned.capacity.token, segments: planned.capacity.document },
      total_steps: planned.totalSteps,
      micro_batches: planned.microBatches,
      ranks: planned.mesh.size,
      traffic: planned.traffic,
      step_seconds: planned.stepSeconds,
      exposed_seconds: planned.exposedSeconds,
      expected_step_seconds: planned.expectedSeconds,
    });
  else context.streams.out.write(`${lines(planned, options, context).join('\n')}\n`);
  return EXIT.done;
}

/** Of the device that times are for, as far as the options say it. */
const speedOf = ({ tflops, memoryBandwidth, linkBandwidth }: Options): Partial<Device> => ({
  ...(tflops === undefined
    ? {}
    : { name: 'a device as given', peakFlops: { f32: tflops * 1e12, bf16: tflops * 1e12 } }),
  ...(memoryBandwidth === undefined ? {} : { bandwidth: memoryBandwidth * 1e9 }),
  ...(linkBandwidth === undefined ? {} : { link: { bandwidth: linkBandwidth * 1e9, latency: 0 } }),
});

/** The value of --graph is optional, so a recipe after it is taken for the value. */
function withRecipe(
  words: readonly string[],
  options: Options,
): { readonly words: readonly string[]; readonly options: Options } {
  const { graph } = options;
  if (typeof graph !== 'string' || !/\.ya?ml$/.test(graph)) return { words, options };
  return { words: [graph, ...words], options: { ...options, graph: true } };
}

const hasRecipe = (words: readonly string[]): boolean => words[0]?.startsWith('--') === false;

/** The options say how long rows are, so that no data has to be read. */
const isSized = ({ seq, graph }: Options): boolean => seq !== undefined || graph !== undefined;

/** The run to plan; with `--graph` alone, of the graph in the model's folder. */
async function open(
  context: CommandContext,
  words: readonly string[],
  options: Options,
  plugins: PluginRegistry,
): Promise<Run> {
  const { signal, workingDirectory } = context;
  const { graph, model, data, output } = options;
  const filled = hasRecipe(words)
    ? { model, data, output }
    : {
        model,
        data: data ?? (isSized(options) ? 'unread' : undefined),
        output: output ?? 'unwritten',
      };
  const compose = async (file?: string): Promise<Run> =>
    composeRun(
      (await recipeFrom(words, { ...filled, graph: file, plain: isSized(options) }, context))
        .recipe,
      plugins,
      {
        workingDirectory,
        signal,
        ...runHubOptions(context),
        fuse: options.fuse,
        plansOnly: true,
        host: mirroredHost({ size: options.nproc ?? 1, rank: 0 }),
      },
    );
  if (graph !== true) return compose(graph);
  await using first = await compose();
  return compose(join((await first.opened.modelFolder()).folder.path, 'graph.json'));
}

/**
 * Sizes that need no data: those of the options, or of a recorded graph without data. Errors:
 * `bad-argument` for sizes other than the recorded ones.
 */
function sizesFor(
  model: LanguageModel,
  words: readonly string[],
  options: Options,
): PlanSizes | undefined {
  const { seq, batch, data } = options;
  const { rectangle } = model.batch;
  if (rectangle === undefined) return seq === undefined ? undefined : oneStep(batch ?? 1, seq);
  const { rows, columns, source } = rectangle;
  if ((seq ?? columns) !== columns || (batch ?? rows) !== rows)
    throw new AutomodelError(
      'bad-argument',
      `the graph was recorded for ${rows} rows of ${columns} tokens, not ${batch ?? rows} of ` +
        `${seq ?? columns}`,
      { location: source },
    );
  const unread = !hasRecipe(words) && data === undefined && isSized(options);
  return unread ? oneStep(rows, columns) : undefined;
}

const oneStep = (rows: number, tokens: number): PlanSizes => ({
  capacity: { token: rows * tokens, document: rows },
  microBatches: 1,
  totalSteps: 1,
});

const scopeOf = (given: string | true): string => (given === true ? FIRST_LAYER : given);

function lines(
  planned: RunPlan,
  { printGraph, printPlan }: Options,
  context: CommandContext,
): string[] {
  const micro = planned.programs.get('micro') ?? planned.programs.get('step');
  if (micro !== undefined && printGraph !== undefined)
    return moduleGraph(micro.graph, scopeOf(printGraph));
  if (micro !== undefined && printPlan !== undefined)
    return modulePlan(micro.plan, scopeOf(printPlan));
  const { model, report, structure, capacity, totalSteps, microBatches } = planned;
  const { stepSeconds, expectedSeconds } = planned;
  const busy = busyMachine();
  const times =
    busy === undefined
      ? { slower: expectedSeconds / stepSeconds, run: expectedSeconds * totalSteps }
      : undefined;
  const batches = `${microBatches} micro-batch${microBatches === 1 ? '' : 'es'}`;
  const scopes = table(
    report.arenaByScope
      .slice(0, SCOPES)
      .map(({ scope, bytes }) => [`    ${scope === '' ? '(none)' : scope}`, formatBytes(bytes)]),
    new Set([1]),
  );
  return [
    ...(structure !== undefined
      ? structureLines(model.batch.rectangle?.source ?? model.modelType, structure)
      : []),
    ...renderPlan(report, style(context.streams.color), times, planned.mesh.size),
    ...trafficLines(planned),
    `  each step: ${batches} of up to ${counted(capacity.token ?? 0, 'token')}` +
      `${busy === undefined ? `, about ${formatAbout(expectedSeconds)}` : ''}; ` +
      counted(totalSteps, 'step'),
    ...(busy === undefined ? [] : [`  no times are given, because the machine is busy (${busy})`]),
    '  largest activations at peak memory, by module:',
    ...scopes,
  ];
}
