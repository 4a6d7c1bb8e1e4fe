// Ordering between streams. Steps of one stream run in order; a step waits for steps of other
// streams whose bytes it touches, whether the data depends on them or memory is merely reused.
// Plans with one stream need no waits.
import type { Stream } from '../graph/graph.js';
import { resolveStorage, type DraftStep, type Storage } from './draft-plan.js';
import type { Plan, PlanBuffer, PlanStep } from './plan.js';

/**
 * For each step the last step during which it may still be running, as the compute stream sees it:
 * for compute steps the step itself, for others the step before the first compute step that uses
 * what it or a later step of its stream made (or the end of the plan).
 */
export function releaseStep(steps: readonly DraftStep[]): (step: number) => number {
  if (steps.every((step) => step.stream === 'compute')) return (step) => step;
  const releases = steps.map((_, i) => i);
  const nextUser = new Map<Storage, number>();
  const streamRelease = new Map<Stream, number>();
  for (let i = steps.length - 1; i >= 0; i--) {
    const step = steps[i]!;
    const touched = [...step.inputs, ...step.outputs].flatMap((ref) =>
      ref === null ? [] : [resolveStorage(ref.storage)],
    );
    if (step.stream === 'compute') {
      for (const storage of touched) nextUser.set(storage, i);
      continue;
    }
    const made = step.outputs.flatMap((ref) => (ref === null ? [] : [resolveStorage(ref.storage)]));
    const user = Math.min(steps.length, ...made.map((s) => nextUser.get(s) ?? steps.length));
    const release = Math.max(
      i,
      Math.min(user - 1, streamRelease.get(step.stream) ?? steps.length - 1),
    );
    streamRelease.set(step.stream, release);
    releases[i] = release;
  }
  return (step) => releases[step]!;
}

/** The latest accesses of a buffer by one stream. */
interface Accesses {
  read: number;
  write: number;
}

/** The same plan with the waits that make its byte accesses happen in order. */
export function addWaits(plan: Plan): Plan {
  if (plan.steps.every((s) => s.stream === 'compute')) return plan;
  const neighbours = overlapping(plan.buffers);
  const accesses = new Map<number, Map<Stream, Accesses>>();
  const clocks: Map<Stream, number>[] = [];
  const latest = new Map<Stream, number>();
  const steps = plan.steps.map((step, index): PlanStep => {
    const clock = new Map(clocks[latest.get(step.stream) ?? -1] ?? []);
    const waits: number[] = [];
    for (const earlier of conflicts(step, neighbours, accesses).sort((a, b) => b - a)) {
      const stream = plan.steps[earlier]!.stream;
      if ((clock.get(stream) ?? -1) >= earlier) continue;
      waits.push(earlier);
      for (const [s, at] of clocks[earlier]!) clock.set(s, Math.max(at, clock.get(s) ?? -1));
    }
    clock.set(step.stream, index);
    clocks.push(clock);
    latest.set(step.stream, index);
    for (const [buffer, writes] of touchedBy(step))
      record(accesses, buffer, step.stream, index, writes);
    return { ...step, waits: waits.sort((a, b) => a - b) };
  });
  return { ...plan, steps };
}

/** Buffers that share bytes with each buffer, itself included. */
function overlapping(buffers: readonly PlanBuffer[]): readonly (readonly number[])[] {
  const transient = buffers
    .filter((b) => b.kind === 'transient' && b.bytes > 0)
    .sort((a, b) => a.offset - b.offset);
  const result = buffers.map((b) => [b.id]);
  transient.forEach((a, i) => {
    for (let j = i + 1; j < transient.length && transient[j]!.offset < a.offset + a.bytes; j++) {
      result[a.id]!.push(transient[j]!.id);
      result[transient[j]!.id]!.push(a.id);
    }
  });
  return result;
}

/** Each buffer that `step` touches, and whether it writes it. */
function touchedBy(step: PlanStep): readonly (readonly [buffer: number, writes: boolean])[] {
  const reads = step.inputs.flatMap((r) => (r === null ? [] : [[r.buffer, false] as const]));
  const writes = step.outputs.flatMap((r) => (r === null ? [] : [[r.buffer, true] as const]));
  return [
    ...reads,
    ...writes,
    ...(step.workspace === null ? [] : [[step.workspace, true] as const]),
  ];
}

/**
 * Earlier steps of other streams that `step` must not overtake: writers of what it reads, readers
 * and writers of what it writes.
 */
function conflicts(
  step: PlanStep,
  neighbours: readonly (readonly number[])[],
  accesses: ReadonlyMap<number, ReadonlyMap<Stream, Accesses>>,
): number[] {
  const found = new Set<number>();
  for (const [buffer, writes] of touchedBy(step))
    for (const neighbour of neighbours[buffer]!)
      for (const [stream, { read, write }] of accesses.get(neighbour) ?? []) {
        if (stream === step.stream) continue;
        if (write >= 0) found.add(write);
        if (writes && read >= 0) found.add(read);
      }
  return [...found];
}

function record(
  accesses: Map<number, Map<Stream, Accesses>>,
  buffer: number,
  stream: Stream,
  index: number,
  writes: boolean,
): void {
  let streams = accesses.get(buffer);
  if (streams === undefined) accesses.set(buffer, (streams = new Map()));
  const known = streams.get(stream) ?? { read: -1, write: -1 };
  streams.set(stream, writes ? { ...known, write: index } : { ...known, read: index });
}
