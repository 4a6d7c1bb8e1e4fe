// A plan for people: where the memory goes, how much arithmetic a step is and how long it should
// take.
import type { PlanReport } from '@automodel/train';
import type { Style } from '../terminal/style.js';
import { formatAbout, formatBytes, formatFlops } from './units.js';
import { table } from './table.js';

/** What is said about time. */
export interface PlanTimes {
  /** How much slower than the device's full speed work of this kind is. */
  readonly slower: number;
  /** Seconds of the whole run, where its steps are known. */
  readonly run?: number | undefined;
}

/**
 * Memory and cost of `report`, which is that of each process; without `times` only the arithmetic
 * is named.
 */
export function renderPlan(
  report: PlanReport,
  style: Style,
  times?: PlanTimes,
  processes = 1,
): string[] {
  const { memory } = report;
  const each = processes === 1 ? '' : ` of each of ${processes} processes`;
  const rows: [string, number][] = [
    ['weights', memory.parameters],
    ...(memory.quantized > 0 ? [['of them quantised', memory.quantized] as [string, number]] : []),
    ['gradients', memory.gradients],
    ['optimizer', memory.optimizer],
    ...(memory.padding > 0 ? [['of these three padding', memory.padding] as [string, number]] : []),
    ['activations', memory.activations],
    ...(memory.gathered > 0 ? [['gathered weights', memory.gathered] as [string, number]] : []),
    ...(memory.unreduced > 0
      ? [['unreduced gradients', memory.unreduced] as [string, number]]
      : []),
    ['workspace', memory.workspace],
    ['batch, tables', memory.batch + memory.constants + memory.otherStates],
    ...(memory.checkpoint > 0
      ? [['copies for checkpoints', memory.checkpoint] as [string, number]]
      : []),
    ['threads, process', memory.overhead + memory.baseline],
    ['peak', memory.peak],
  ];
  const lines = table(
    rows.map(([name, bytes]) => [`  ${name}`, formatBytes(bytes)]),
    new Set([1]),
  );
  const costs = report.programs.map(({ name, flops, seconds }) => {
    const time = times === undefined ? '' : `, about ${formatAbout(seconds * times.slower)}`;
    return `  ${PROGRAMS[name] ?? name}: ${formatFlops(flops)}${time}`;
  });
  return [
    `${style.bold('plan')}${each} (${report.precision}, ${report.device})`,
    ...lines.map((line, i) => (i === lines.length - 1 ? style.bold(line) : line)),
    ...costs,
    ...(times?.run === undefined ? [] : [`  the run: about ${formatAbout(times.run)}`]),
  ];
}

/** Programs by what runs them. */
const PROGRAMS: Readonly<Record<string, string>> = {
  micro: 'each micro-batch',
  'micro last': 'the last one of a step',
  update: 'each optimizer step',
  step: 'each step with its updates',
  evaluate: 'each validation batch',
  decode: 'each generated token',
};
