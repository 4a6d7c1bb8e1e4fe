// What the tests of plans share: models of given sizes, plans of one of many ranks, and what is in
// memory at each step of a plan.
import type { LanguageModel } from '@automodel/contracts';
import { bytesOf, sizeOf, type Plan, type PlanStep, type TensorRef } from '@automodel/core';
import llama from '@automodel/models-llama';
import { mirroredHost, referenceBackend } from '@automodel/testing';
import { adamw, planRun, type PlannedRun, type PlanRunOptions } from '@automodel/train';
import fsdp2 from '../src/index.js';

/** A Llama with a head of its own. */
export const modelOf = (sizes: Readonly<Record<string, number | boolean>>): LanguageModel =>
  llama.create({
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    rms_norm_eps: 1e-5,
    rope_theta: 10000,
    tie_word_embeddings: false,
    hidden_act: 'silu',
    ...sizes,
  });

/** Rows that do not divide, several layers. */
export const SMALL = {
  vocab_size: 1000,
  hidden_size: 96,
  intermediate_size: 200,
  num_hidden_layers: 3,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  head_dim: 24,
  max_position_embeddings: 64,
};

export interface PlannedOptions extends Pick<PlanRunOptions, 'arenaBudgetBytes' | 'device'> {
  readonly ranks: number;
  readonly tokens: number;
  /** The section `distributed`. */
  readonly distributed?: Readonly<Record<string, unknown>> | undefined;
  readonly precision?: 'f32' | 'bf16' | undefined;
  readonly verifyPlans?: boolean | undefined;
}

/** Rank 0 of `ranks`, none of which runs. */
export async function planned(
  model: LanguageModel,
  { ranks, tokens, distributed = {}, precision = 'bf16', ...options }: PlannedOptions,
): Promise<PlannedRun> {
  const host = mirroredHost({ size: ranks, rank: 0 });
  const { mesh, interceptor, passes, completingPasses } = await fsdp2.create(distributed, { host });
  return planRun({
    backend: referenceBackend(),
    model,
    precision,
    trainable: () => true,
    storedDType: () => 'bf16',
    interceptors: [interceptor!],
    slots: passes,
    completingSlots: completingPasses,
    mesh,
    training: { optimizer: adamw({ betas: [0.9, 0.999], eps: 1e-8 }), maxNorm: 1 },
    capacity: { token: tokens, document: 1 },
    ...options,
  });
}

export const places = (plan: Plan, op: string): readonly number[] =>
  plan.steps.flatMap((step, i) => (step.op === op ? [i] : []));

/** The layer that a step works for, or its module. */
export const unitOf = ({ scope }: PlanStep): string => /layers\.\d+/.exec(scope)?.[0] ?? scope;

const bytesOfRef = ({ shape, dtype }: TensorRef): number => sizeOf(shape) * bytesOf(dtype);

type Side = 'inputs' | 'outputs';

/** Bytes that the collectives of each unit and phase read or write. */
export function bytesOfUnits(plan: Plan, op: string, side: Side): ReadonlyMap<string, number> {
  const units = new Map<string, number>();
  for (const at of places(plan, op)) {
    const step = plan.steps[at]!;
    const unit = `${unitOf(step)} ${step.phase}`;
    const bytes = step[side].reduce((sum, ref) => sum + bytesOfRef(ref!), 0);
    units.set(unit, (units.get(unit) ?? 0) + bytes);
  }
  return units;
}

/** For each step the bytes in memory, by unit, of what collectives read or write. */
export function bytesAt(
  plan: Plan,
  op: string,
  side: Side,
): readonly ReadonlyMap<string, number>[] {
  const at = plan.steps.map(() => new Map<string, number>());
  for (const place of places(plan, op)) {
    const unit = unitOf(plan.steps[place]!);
    for (const ref of plan.steps[place]![side]) {
      const [first, last] = plan.buffers[ref!.buffer]!.live;
      for (let step = first; step <= last; step++)
        at[step]!.set(unit, (at[step]!.get(unit) ?? 0) + bytesOfRef(ref!));
    }
  }
  return at;
}

export const sum = (values: Iterable<number>): number => [...values].reduce((a, b) => a + b, 0);
