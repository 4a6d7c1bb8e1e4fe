// `automodel bench`: training speed on random tokens; with --json one line with the fields of
// benchmarks/peers/torch_train.py.
import { HuggingFaceFolder } from '@automodel/checkpoint';
import type { LanguageModel } from '@automodel/contracts';
import { AutomodelError, type QuantizedFormat } from '@automodel/core';
import {
  createAdapter,
  createModel,
  openBackend,
  resolveModelFolder,
  type PluginRegistry,
} from '@automodel/run';
import { benchTraining } from '@automodel/train';
import { quantizedBase, type Precision, type SessionAdapter } from '@automodel/session';
import { pluginsFor, writeJson, type CliContext, type CommonOptions } from '../cli-context.js';
import { EXIT } from '../exit-code.js';
import { hubOptions } from '../hub-options.js';
import { formatBytes, formatCount } from '../render/units.js';
import { table } from '../render/table.js';
import { ProgressLine } from '../terminal/progress-line.js';

export interface BenchCommandOptions extends CommonOptions {
  readonly dtype: Precision;
  readonly batch?: number;
  readonly seq?: number;
  readonly steps: number;
  readonly lora?: number;
  /** What the weights below adapters are held as. */
  readonly quantization?: QuantizedFormat;
  /** A recorded forward pass in place of a model package. */
  readonly graph?: string;
  readonly fuse?: boolean;
  readonly backend?: string;
  readonly threads?: number;
}

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

/** Errors: those of loading the model; adapters need their plugin. */
export async function bench(
  context: CliContext,
  model: string,
  options: BenchCommandOptions,
): Promise<number> {
  const { batch, seq, steps, fuse, dtype: precision } = options;
  const plugins = await pluginsFor(context, options);
  const folder = await resolveModelFolder(model, {
    ...hubOptions(context),
    workingDirectory: context.workingDirectory,
  });
  const opened = await createModel(plugins, await HuggingFaceFolder.open(folder), {
    graph: options.graph,
    workingDirectory: context.workingDirectory,
  });
  const rank = options.lora ?? 0;
  if (rank === 0 && options.quantization !== undefined)
    throw new AutomodelError(
      'bad-argument',
      '--quantization holds the base of an adapter: give --lora too',
    );
  const lora =
    rank === 0
      ? undefined
      : { adapter: await adapterOf(plugins, opened, rank, options.quantization), rank };
  const backend = await openBackend(plugins, { name: options.backend, threads: options.threads });
  const progress = new ProgressLine(context.streams.err);
  try {
    const { line, report } = await benchTraining({
      backend,
      folder,
      precision,
      lora,
      batch,
      seq,
      steps,
      fuse,
      createModel: () => opened,
      onStep: (step, seconds, loss, tokens) =>
        progress.update(
          `step ${step + 1}/${steps}  ${formatCount(tokens / seconds)} tokens/s  loss ` +
            `${loss.toFixed(4)}`,
        ),
    });
    progress.finish();
    if (options.json === true) {
      writeJson(context, line);
      return EXIT.done;
    }
    const rows = [
      ['tokens/s', String(line.tok_s)],
      ['peak memory', formatBytes(line.peak_rss_mb * MEGABYTE)],
      ['predicted peak', formatBytes(report.memory.peak)],
      ...(line.base_mb === undefined ? [] : [['base', formatBytes(line.base_mb * MEGABYTE)]]),
      ['losses', line.losses.join(', ')],
    ];
    context.streams.out.write(
      `${report.device}, ${precision}, ${line.batch} x ${line.seq} ` +
        `tokens\n${table(rows).join('\n')}\n`,
    );
    return EXIT.done;
  } finally {
    await backend.close();
  }
}
