// Curves that several ranks must share with one process: every model and adapter of the goldens,
// under every way of sharing, in f32 and bf16.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HuggingFaceFolder, openAdapterFolder } from '@automodel/checkpoint';
import type { ModelPlugin, ParallelismPlugin } from '@automodel/contracts';
import gemma from '@automodel/models-gemma';
import llama from '@automodel/models-llama';
import olmo from '@automodel/models-olmo';
import qwen from '@automodel/models-qwen';
import ddp from '@automodel/parallel-ddp';
import lora from '@automodel/peft';
import { adapterBase } from '@automodel/session';
import { raggedBatches, type CurveOptions } from '@automodel/testing';
import fsdp2 from '../src/index.js';

const GOLDENS = fileURLToPath(new URL('../../../goldens', import.meta.url));
const PLUGINS: readonly ModelPlugin[] = [gemma, llama, olmo, qwen];

/** A model, or an adapter on its base, that is trained. */
export type Trained = readonly [kind: 'models' | 'adapters', name: string];

const named = (kind: Trained[0]): readonly Trained[] =>
  readdirSync(join(GOLDENS, kind))
    // a vocabulary that was resized has other tables than the base's files
    .filter((name) => !/^(base-|resized)/.test(name))
    .map((name) => [kind, name] as const);

export const TRAINED: readonly Trained[] = [...named('models'), ...named('adapters')];

/** Ranks, and how many micro-batches they share. */
export interface Sharing {
  readonly name: string;
  readonly microBatches: number;
  /** As many as show the same in less time. */
  readonly few: number;
  readonly ranks: NonNullable<CurveOptions['ranks']>;
}

function sharing(
  name: string,
  strategy: ParallelismPlugin,
  [dp_replicate, dp_shard]: readonly [number, number],
  options: Readonly<Record<string, unknown>> = {},
): Sharing {
  const axes = [
    { name: 'dp_replicate', size: dp_replicate },
    { name: 'dp_shard', size: dp_shard },
  ];
  // with three ranks the last round has an empty micro-batch
  const microBatches = dp_shard === 3 ? 8 : 12;
  const few = dp_shard === 3 ? 5 : 2 * dp_replicate * dp_shard;
  return { name, microBatches, few, ranks: { axes, strategy, options } };
}

const DEFERRED = { defer_fsdp_grad_sync: true };

export const SHARINGS: readonly Sharing[] = [
  sharing('ddp 2', ddp, [2, 1]),
  sharing('ddp 4', ddp, [4, 1]),
  sharing('fsdp2 2', fsdp2, [1, 2]),
  sharing('fsdp2 3', fsdp2, [1, 3]),
  sharing('fsdp2 4', fsdp2, [1, 4]),
  sharing('hsdp 2x2', fsdp2, [2, 2], { dp_replicate_size: 2 }),
  sharing('fsdp2 3, reduced once a step', fsdp2, [1, 3], DEFERRED),
];

export const PRECISIONS = ['f32', 'bf16'] as const;

/** How far curves may differ: sums in another order, and for bf16 as docs/numerics.md says. */
export const TOLERANCES = { f32: 1e-6, bf16: 2e-2 } as const;

/** The curve of one process. */
export async function curveOf(
  [kind, name]: Trained,
  precision: (typeof PRECISIONS)[number],
  microBatches: number,
  steps: number,
): Promise<CurveOptions> {
  const path = join(GOLDENS, kind, name);
  const batches = raggedBatches(microBatches, { vocabulary: 40 });
  const shared = { precision, batches, steps };
  if (kind === 'models')
    return { ...shared, folder: path, plugin: pluginOf(await HuggingFaceFolder.open(path)) };
  const of = String((await openAdapterFolder(path)).config['base_model_name_or_path']);
  const base = await HuggingFaceFolder.open(join(GOLDENS, kind, of));
  const { config, tensors } = await openAdapterFolder(path, base);
  const shapes = new Map([...tensors.values()].map((tensor) => [tensor.name, tensor.shape]));
  return {
    ...shared,
    folder: base.path,
    plugin: pluginOf(base),
    adapterOf: (model) => ({
      adapter: lora.open({ path, config, shapes }, adapterBase(model)),
      tensors,
      seed: 0,
    }),
  };
}

function pluginOf({ modelType }: HuggingFaceFolder): ModelPlugin {
  const plugin = PLUGINS.find(({ modelTypes }) => modelTypes.includes(modelType));
  if (plugin === undefined) throw new Error(`no package for ${modelType}`);
  return plugin;
}
