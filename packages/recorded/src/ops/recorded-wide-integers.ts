// Operations whose attributes may be integers beyond 2^53, which files state exactly and numbers do
// not hold: they are composed of ops that take them as operands.
import { add, arangeOp, clamp, maximum, minimum, type Tensor } from '@automodel/core';
import type { RecordedCall } from './recorded-call.js';

/** start + step * [0..n) in the recorded dtype. */
export function recordedArange(call: RecordedCall): Tensor {
  const { start } = call.record.attrs;
  const from = (number: number): Tensor =>
    call.trace.apply(arangeOp, [], {
      start: number,
      step: call.number('step'),
      count: call.shape[0] ?? 1,
      dtype: call.dtype,
    })[0];
  return typeof start === 'bigint' ? add(from(0), start) : from(call.number('start'));
}

/** Operand x; min and max, null where a side is open. */
export function recordedClamp(call: RecordedCall): Tensor {
  const [x, { min, max }] = [call.tensor(0), call.record.attrs];
  if (typeof min !== 'bigint' && typeof max !== 'bigint')
    return clamp(x, call.numberOrNull('min'), call.numberOrNull('max'));
  const bound = (name: 'min' | 'max'): bigint | number => {
    const value = call.record.attrs[name];
    if (typeof value === 'bigint') return value;
    return Number.isInteger(value) ? BigInt(call.number(name)) : call.number(name);
  };
  const raised = (min ?? null) === null ? x : maximum(x, bound('min'));
  return (max ?? null) === null ? raised : minimum(raised, bound('max'));
}
