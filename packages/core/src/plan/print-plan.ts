// Plans as text, one line for each buffer and each step: `%7@3+64: f32[2,4] (1,2)` is value 7 in
// buffer 3 from byte 64, with strides where it is not row-major. Two plans are compared line by
// line.
import { formatAttributes } from '../graph/print-graph.js';
import { formatType } from '../tensor/shape.js';
import { peakOf, type Peak } from './pack-arena.js';
import type { Plan, PlanBuffer, PlanStep, TensorRef } from './plan.js';
import { isRowMajor } from './view.js';

function printRef(ref: TensorRef | null): string {
  if (ref === null) return '-';
  const strides = isRowMajor(ref.shape, ref.strides) ? '' : ` (${ref.strides.join(',')})`;
  return (
    `%${ref.value}@${ref.buffer}${ref.offset === 0 ? '' : `+${ref.offset}`}: ` +
    `${formatType(ref)}${strides}`
  );
}

function printBuffer(buffer: PlanBuffer): string {
  const head =
    `@${buffer.id} ${buffer.kind}${buffer.name === '' ? '' : ` ${buffer.name}`} ` +
    `${buffer.bytes} bytes${buffer.result === undefined ? '' : ` <- %${buffer.result}`}`;
  return buffer.kind === 'transient'
    ? `${head} at ${buffer.offset} live ${buffer.live[0]}..${buffer.live[1]}`
    : head;
}

function printStep(step: PlanStep, index: number): string {
  const call =
    `${step.outputs.map(printRef).join(', ')} = ` +
    `${step.op}(${step.inputs.map(printRef).join(', ')})${formatAttributes(step.attrs)}`;
  const notes = [
    step.scope,
    step.phase === 'forward' ? '' : step.phase,
    step.stream === 'compute' ? '' : step.stream,
    step.workspace === null ? '' : `workspace @${step.workspace}`,
    step.waits.length === 0 ? '' : `waits ${step.waits.join(',')}`,
  ].filter((s) => s !== '');
  return `${index}: ${call}${notes.length === 0 ? '' : `  # ${notes.join(' ')}`}`;
}

/** The fullest step of the arena; the arena is its bytes plus fragmentation. */
export function livePeak(plan: Plan): Peak {
  const transient = plan.buffers.filter((b) => b.kind === 'transient');
  return peakOf(
    transient.map((b) => ({ bytes: b.bytes, first: b.live[0], last: b.live[1] })),
    plan.steps.length,
  );
}

/** The plan as text. */
export function printPlan(plan: Plan): string {
  return [
    `plan ${plan.name} for ${plan.backend}: arena ${plan.arenaBytes} bytes (peak ` +
      `${livePeak(plan).bytes}), ${plan.flops} flops, ${plan.bytes} bytes moved`,
    ...plan.buffers.map((b) => `  ${printBuffer(b)}`),
    ...plan.steps.map((s, i) => `  ${printStep(s, i)}`),
  ].join('\n');
}
