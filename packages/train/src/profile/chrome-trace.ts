// A profile as a trace that chrome://tracing and https://ui.perfetto.dev show: the JSON object of
// the Trace Event Format, with complete events ("ph": "X") in microseconds from the first measured
// step on. Optimizer steps, programs and kernels are threads of their own, on none of which two
// events overlap. https://docs.google.com/document/d/1CvAClvFfyA5R-PhYUmn5OOQtYMH4h6I0nSsKchNAySU
import type { Backend } from '@automodel/contracts';
import type { PlanStep, TensorRef } from '@automodel/core';
import { nanosecondsOf, type ProfiledRun, type ProfiledStep } from './profiler.js';
import { ratesOf, workOfStep } from './step-rates.js';

/** What a trace needs besides the steps. */
export interface TraceContext {
  readonly backend: Backend;
  /** Of the process among those of the run. */
  readonly rank: number;
}

/** Threads of a trace in the order in which they are shown; kernels have one for each stream. */
const THREADS = ['optimizer steps', 'programs', 'compute', 'comm', 'copy'] as const;
type ThreadName = (typeof THREADS)[number];

interface Slice {
  readonly name: string;
  readonly cat: string;
  readonly thread: ThreadName;
  /** Whole nanoseconds from the start of the trace, so that neighbours meet exactly. */
  readonly start: number;
  readonly nanoseconds: number;
  readonly args: Readonly<Record<string, unknown>>;
}

/** The text of the file, piece by piece: a trace may be large. */
export function* chromeTrace(
  steps: readonly ProfiledStep[],
  { backend, rank }: TraceContext,
): Generator<string, void, undefined> {
  const device = backend.devices()[0]!;
  const facts = {
    backend: `${backend.name} ${backend.version}`,
    numerics: backend.numericsKey,
    device: device.name,
    threads: device.threads,
    peak_gflops_per_second: { f32: giga(device.peakFlops.f32), bf16: giga(device.peakFlops.bf16) },
    bandwidth_gb_per_second: giga(device.bandwidth),
  };
  yield `{"displayTimeUnit":"ms","otherData":${JSON.stringify(facts)},"traceEvents":[\n`;
  yield metadata(rank, usedThreads(steps))
    .map((event) => JSON.stringify(event))
    .join(',\n');
  const origin = steps[0]?.start ?? 0;
  for (const step of steps) {
    yield eventText(rank, stepSlice(step, origin));
    for (const run of step.runs) {
      const start = run.start - origin;
      yield eventText(rank, programSlice(run, start));
      for (const slice of kernelSlices(run, start, device)) yield eventText(rank, slice);
    }
  }
  yield '\n]}\n';
}

const usedThreads = (steps: readonly ProfiledStep[]): ReadonlySet<ThreadName> =>
  new Set<ThreadName>([
    'optimizer steps',
    'programs',
    ...steps.flatMap(({ runs }) =>
      runs.flatMap(({ plan }) => [...new Set(plan.steps.map(({ stream }) => stream))]),
    ),
  ]);

const metadata = (pid: number, used: ReadonlySet<ThreadName>): object[] => [
  { name: 'process_name', ph: 'M', pid, args: { name: `rank ${pid}` } },
  ...THREADS.flatMap((name, tid) =>
    used.has(name)
      ? [
          { name: 'thread_name', ph: 'M', pid, tid, args: { name } },
          { name: 'thread_sort_index', ph: 'M', pid, tid, args: { sort_index: tid } },
        ]
      : [],
  ),
];

function eventText(pid: number, { name, cat, thread, start, nanoseconds, args }: Slice): string {
  const [ts, dur] = [start / 1e3, nanoseconds / 1e3];
  const tid = THREADS.indexOf(thread);
  return `,\n${JSON.stringify({ name, cat, ph: 'X', pid, tid, ts, dur, args })}`;
}

const stepSlice = ({ step, start, end, runs }: ProfiledStep, origin: number): Slice => ({
  name: `step ${step + 1}`,
  cat: 'step',
  thread: 'optimizer steps',
  start: start - origin,
  nanoseconds: end - start,
  args: { kernel_microseconds: runs.reduce((sum, run) => sum + nanosecondsOf(run), 0) / 1e3 },
});

const programSlice = (run: ProfiledRun, start: number): Slice => ({
  name: run.plan.name,
  cat: 'program',
  thread: 'programs',
  start,
  nanoseconds: nanosecondsOf(run),
  args: { flops: run.plan.flops, bytes: run.plan.bytes },
});

function* kernelSlices(
  { plan, kernelNames, stepNanoseconds }: ProfiledRun,
  start: number,
  device: Parameters<typeof workOfStep>[1],
): Generator<Slice, void, undefined> {
  let now = start;
  for (const [i, step] of plan.steps.entries()) {
    const nanoseconds = stepNanoseconds[i]!;
    const work = workOfStep(step, device);
    const rates = ratesOf(work, nanoseconds / 1e9);
    yield {
      name: step.op,
      cat: plan.name,
      thread: step.stream,
      start: now,
      nanoseconds,
      args: {
        kernel: kernelNames[i],
        module: step.scope,
        phase: step.phase,
        inputs: shapes(step.inputs),
        outputs: shapes(step.outputs),
        flops: work.flops,
        bytes: work.bytes,
        ...(rates && {
          gflops_per_second: giga(rates.flopsPerSecond),
          gb_per_second: giga(rates.bytesPerSecond),
          roofline_share: rounded(rates.rooflineShare),
        }),
      },
    };
    now += nanoseconds;
  }
}

/** `bf16[512,64] f32[64]`; an operand that is absent is left out. */
const shapes = (refs: PlanStep['inputs']): string =>
  refs
    .filter((ref): ref is TensorRef => ref !== null)
    .map(({ dtype, shape }) => `${dtype}[${shape.join()}]`)
    .join(' ');

const rounded = (value: number): number => Number(value.toPrecision(4));
const giga = (value: number): number => rounded(value / 1e9);
