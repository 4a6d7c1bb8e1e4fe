// `automodel bench`: training speed on random tokens; with --json one line with the fields of
// benchmarks/peers/torch_train.py.
import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { HuggingFaceFolder } from '@automodel/checkpoint';
import type { LanguageModel } from '@automodel/contracts';
import { AutomodelError, type QuantizedFormat } from '@automodel/core';
import { createAdapter, createModel, modelFolderOf, type PluginRegistry } from '@automodel/run';
import { benchTraining, type BenchOptions, type BenchResult } from '@automodel/train';
import { quantizedBase, type Precision, type SessionAdapter } from '@automodel/session';
import { writeJson, type CliContext, type CommandContext } from '../cli-context.js';
import { EXIT } from '../exit-code.js';
import type { OPTIONS } from '../declarations/bench.js';
import type { CommandOptions } from '../grammar/declare-command.js';
import { hubOptions } from '../hub-options.js';
import { pluginsFor } from '../plugins-for.js';
import { openSharedBackend } from '../shared-by.js';
import { peakText } from '../render/peak-text.js';
import { formatBytes, formatCount } from '../render/units.js';
import { table } from '../render/table.js';
import { during, progressOf } from '../terminal/progress-line.js';

type Options = CommandOptions<typeof OPTIONS>;

const MEGABYTE = 1024 * 1024;

/** As PEFT makes it, over every linear module. */
async function adapterOf(
  plugins: PluginRegistry,
  model: LanguageModel,
  rank: number,
  quantization: QuantizedFormat | undefined,
): Promise<SessionAdapter> {
  const adapter = await createAdapter(
    plugins,
    { target_modules: 'all-linear', dim: rank, alpha: 2 * rank, lora_A_init: 'kaiming' },
    model,
    0,
  );
  return quantization === undefined ? adapter : quantizedBase(adapter, quantization);
}

/** What is trained. Errors: those of loading the model; adapters need their plugin. */
async function openTrained(
  context: CliContext,
  plugins: PluginRegistry,
  name: string,
  { graph, lora = 0, quantization }: Options,
): Promise<Pick<BenchOptions, 'folder' | 'createModel' | 'lora'>> {
  if (lora === 0 && quantization !== undefined)
    throw new AutomodelError(
      'bad-argument',
      '--quantization is for the base of an adapter: give --lora too',
    );
  const { workingDirectory } = context;
  const folder = await modelFolderOf(name, { ...hubOptions(context), workingDirectory });
  const opened = await HuggingFaceFolder.open(folder);
  const model = await createModel(plugins, opened, { graph, workingDirectory });
  const createOpened = (): LanguageModel => model;
  if (lora === 0) return { folder, createModel: createOpened, lora: undefined };
  const adapter = await adapterOf(plugins, model, lora, quantization);
  return { folder, createModel: createOpened, lora: { adapter, rank: lora } };
}

/** The lengths in a file. Errors: `missing-file`, `bad-file` naming a line that is no length. */
async function lengthsFrom(
  { workingDirectory }: CliContext,
  file: string | undefined,
): Promise<readonly number[] | undefined> {
  if (file === undefined) return undefined;
  const text = await readFile(resolve(workingDirectory, file), 'utf8').catch((cause: unknown) => {
    throw new AutomodelError('missing-file', 'the file of --lengths cannot be read', {
      location: file,
      cause,
    });
  });
  return text
    .trimEnd()
    .split('\n')
    .map((line, i) => {
      if (/^\s*[1-9]\d{0,8}\s*$/.test(line)) return Number(line);
      throw new AutomodelError('bad-file', `"${line}" is no length: give a number of tokens`, {
        location: `${file}, line ${i + 1}`,
      });
    });
}

/** Errors: those of loading the model and of the lengths; adapters need their plugin. */
export async function run(
  context: CommandContext,
  options: Options,
  name: string,
): Promise<number> {
  const { batch, seq, steps, fuse, budgetGb, dtype: precision } = options;
  const lengths = await lengthsFrom(context, options.lengths);
  const plugins = await pluginsFor(context, options);
  const trained = await during(context.streams, `opening ${name}`, () =>
    openTrained(context, plugins, name, options),
  );
  const { backend, parallelism } = await openSharedBackend(context, plugins, options);
  const progress = progressOf(context.streams);
  try {
    progress.begin('loading the weights and compiling the training step');
    const measured = await benchTraining({
      ...trained,
      backend,
      parallelism,
      precision,
      batch,
      seq,
      steps,
      lengths,
      fuse,
      budgetBytes: budgetGb === undefined ? undefined : budgetGb * 1e9,
      onStep: (step, seconds, loss, tokens) => {
        const speed = `${formatCount(tokens / seconds)} tokens/s`;
        progress.update(`step ${step + 1}/${steps}  ${speed}  loss ${loss.toFixed(4)}`);
      },
    });
    progress.finish();
    if (options.json === true) writeJson(context, measured.line);
    else context.streams.out.write(asText(measured, precision));
    return EXIT.done;
  } finally {
    progress.finish();
    await backend.close();
  }
}

function asText({ line, report }: BenchResult, precision: Precision): string {
  const rows = [
    ['tokens/s', String(line.tok_s)],
    ['peak memory', peakText(line.peak_rss_mb * MEGABYTE, report.memory.peak, line.ranks)],
    ...(line.base_mb === undefined ? [] : [['base', formatBytes(line.base_mb * MEGABYTE)]]),
    ['losses', line.losses.join(', ')],
  ];
  const documents = line.documents === undefined ? '' : `, ${line.documents} documents packed`;
  const sizes = `${line.batch} x ${line.seq} tokens${documents}`;
  const heading = `${report.device}, ${precision}, ${sizes}`;
  return `${[heading, ...table(rows)].join('\n')}\n`;
}
