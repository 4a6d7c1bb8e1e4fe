// The forward pass as a graph under the chosen compute precision: what training, evaluation and
// logits programs start from.
import type {
  Capacity,
  Interceptor,
  LanguageModel,
  ModelOutput,
  ParameterRecord,
  StructureReport,
} from '@automodel/contracts';
import {
  castPolicy,
  runPasses,
  trace,
  type DropoutScalars,
  type DType,
  type Graph,
  type PassSlots,
  type Trace,
} from '@automodel/core';
import { Scope } from '@automodel/nn';
import { batchTensors, SCALARS } from '../batch/batch-inputs.js';

/** `f32`, or `bf16`: products and activations in bf16, statistics and losses in f32. */
export type ComputeDType = 'f32' | 'bf16';

/** What every program of one run has in common. */
export interface ProgramSettings {
  readonly model: LanguageModel;
  readonly compute: ComputeDType;
  /** Dtype a parameter is held in. */
  readonly dtypeOf: (name: string) => DType;
  readonly interceptors?: readonly Interceptor[];
  /** Passes of parallelism; those of the slot `forward` run here. */
  readonly slots?: PassSlots | undefined;
  /** False: a recorded graph stays as it was recorded. Default true. */
  readonly fuse?: boolean | undefined;
  /** False: no dropout, not even in training. Default true. */
  readonly dropout?: boolean | undefined;
}

/** A forward graph and the parameters it reads, in the order of reading. */
export interface ForwardGraph {
  readonly graph: Graph;
  readonly parameters: readonly ParameterRecord[];
  /** For a recorded graph: what fusion recognised in it. */
  readonly structure: StructureReport | undefined;
}

/**
 * Traces `finish` on top of the model's forward pass, recognises the structure of a recorded one
 * and applies the cast policy. Dropout is applied only in training.
 */
export function forwardGraph(
  name: string,
  settings: ProgramSettings,
  capacity: Capacity,
  finish: (trace: Trace, output: ModelOutput) => void,
  options: { readonly training?: boolean } = {},
): ForwardGraph {
  const { model } = settings;
  const records: ParameterRecord[] = [];
  const graph = trace(name, (t) => {
    const dropout =
      options.training === true && settings.dropout !== false
        ? (): DropoutScalars => ({
            seed: t.input('scalar', SCALARS.dropoutSeed, [], 'i64'),
            step: t.input('scalar', SCALARS.dropoutStep, [], 'i64'),
          })
        : undefined;
    const scope = Scope.root(t, {
      dtypeOf: settings.dtypeOf,
      interceptors: settings.interceptors ?? [],
      dropout,
    });
    const output = model.forward(scope, batchTensors(t, model, capacity));
    records.push(...scope.records.values());
    finish(t, output);
  });
  const fused = settings.fuse === false ? undefined : model.prepare?.(graph);
  return {
    graph: computingGraph(settings, fused?.graph ?? graph),
    parameters: records,
    structure: fused?.report,
  };
}

/** A traced forward graph under the compute precision, as it is differentiated or compiled. */
export const computingGraph = (
  { compute, slots }: Pick<ProgramSettings, 'compute' | 'slots'>,
  graph: Graph,
): Graph => runPasses(castPolicy(graph, compute), slots?.forward ?? []);
