// Operands of samples that an op must not read: states that keep = 0 ignores, gradients of a step
// that is not taken. They are all NaN, so a result that depends on one shows it.
import { sizeOf, type Shape } from '../../tensor/shape.js';
import type { SampleOperand } from './define-op.js';

/** An operand of NaN. */
export const unreadOperand = (shape: Shape): SampleOperand => ({
  shape,
  values: new Array<number>(sizeOf(shape)).fill(NaN),
});

/** The accumulator of a sample with this `keep`: random numbers, or NaN where it is ignored. */
export const accumulatorOperand = (shape: Shape, keep: number): SampleOperand =>
  keep === 0 ? unreadOperand(shape) : { shape };
