// The passes that decide when weights are whole and when gradients are reduced.
import type { Pass, PassSlots } from '@automodel/core';
import { flagOption } from '../flag-option.js';
import type { Resharding } from '../resharding.js';
import { deferReductions } from './defer-reductions.js';
import { groupGathers, groupReductions } from './group-collectives.js';
import { paceReductions } from './pace-reductions.js';
import { regather } from './regather.js';
import { splitCollectives } from './split-collectives.js';

/** How a model is cut. */
export interface UnitPassOptions {
  /** Processes over which it is cut. */
  readonly count: number;
  readonly resharding: Resharding;
  /** Gradients are reduced once a step. */
  readonly defers: boolean;
}

/**
 * Passes of every program, and of the micro-batch that completes a step: the same unless reductions
 * are deferred. From `enable_fsdp2_prefetch` (default true). Errors: `bad-recipe`.
 */
export function unitPasses(
  options: Readonly<Record<string, unknown>>,
  { count, resharding: { frees, group }, defers }: UnitPassOptions,
): { readonly passes: PassSlots; readonly completing: PassSlots } {
  const prefetch = flagOption(options, 'enable_fsdp2_prefetch', true);
  const split = splitCollectives({ outer: count / group, inner: group });
  const lowering: readonly Pass[] = [
    ...(group > 1 ? [split] : []),
    ...(frees ? [regather] : []),
    groupGathers(prefetch),
    groupReductions,
    paceReductions,
  ];
  const slots = (completes: boolean): PassSlots => ({
    ...(defers ? { differentiated: [deferReductions(completes)] } : {}),
    lowering,
  });
  return { passes: slots(false), completing: slots(true) };
}
