// The one step the planner adds by itself: the op `copy` from one strided view to another of the
// same shape and dtype.
import type { Phase } from '../graph/graph.js';
import { copyOp } from '../ops/layout/copy.js';
import { bytesOf } from '../tensor/dtype.js';
import { sizeOf } from '../tensor/shape.js';
import type { DraftRef, DraftStep } from './draft-plan.js';

/** Name of the op and kernel: one strided operand, one strided result. */
export const COPY = copyOp.name;

/** Copies the elements of `from` to the view `to`. */
export function copyStep(
  from: DraftRef,
  to: DraftRef,
  at: { readonly phase: Phase; readonly scope: string },
): DraftStep {
  const bytes = 2 * sizeOf(from.shape) * bytesOf(from.dtype);
  return {
    op: COPY,
    inputs: [from],
    outputs: [to],
    attrs: {},
    overwrites: [],
    workspaceBytes: 0,
    phase: at.phase,
    scope: at.scope,
    stream: 'compute',
    flops: 0,
    bytes,
  };
}
