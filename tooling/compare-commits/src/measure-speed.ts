// Compares CPU seconds of commands of two commits: runs of both take turns, and the medians may
// differ by three in a hundred. Other work on the machine disturbs that, so a ratio beyond the
// bound is measured again, up to three times, and all runs count.
import { mustRun } from './run-command.js';
import { environmentOf, type Side } from './run-item.js';
import type { Verdict } from './verdict.js';

const RUNS = 10;
const ROUNDS = 3;
/** A head slower than this many times the base is different. */
export const SLOWEST = 1.03;

export interface TimedCommand {
  readonly name: string;
  readonly words: readonly string[];
  readonly instructionSet: string;
}

/** The middle value, or the mean of the two in the middle. Errors: no values. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  if (low === undefined || high === undefined) throw new Error('no values');
  return (low + high) / 2;
}

/** User and system seconds of the process and its children, which bash's `time` adds up. */
async function cpuSeconds(
  { commit, folder }: Side,
  { words, instructionSet }: TimedCommand,
): Promise<number> {
  const script = 'TIMEFORMAT="%U %S"; { time "$@" >/dev/null 2>"$0"; } 2>&1';
  const place = { cwd: folder, environment: environmentOf(folder, instructionSet) };
  const text = await mustRun(
    'bash',
    ['-c', script, 'speed.log', process.execPath, commit.program, ...words],
    place,
  );
  return text
    .trim()
    .split(' ')
    .reduce((sum, word) => sum + Number(word), 0);
}

/** The verdict over one command. Errors: it fails with one of the commits. */
export async function measureSpeed(
  command: TimedCommand,
  base: Side,
  head: Side,
): Promise<Verdict> {
  const seconds: { base: number[]; head: number[] } = { base: [], head: [] };
  const ratio = (): number => median(seconds.head) / median(seconds.base);
  for (let round = 0; round < ROUNDS && (round === 0 || ratio() > SLOWEST); round++) {
    for (let i = 0; i < RUNS; i++) {
      const order = i % 2 === 0 ? (['base', 'head'] as const) : (['head', 'base'] as const);
      for (const side of order)
        seconds[side].push(await cpuSeconds(side === 'base' ? base : head, command));
    }
  }
  const [from, to] = [median(seconds.base), median(seconds.head)];
  const note = `${to.toFixed(3)} CPU seconds, base ${from.toFixed(3)}, ratio ${ratio().toFixed(
    3,
  )}, ${seconds.base.length} runs each`;
  const path = `speed/${command.name}`;
  return ratio() > SLOWEST
    ? { path, differences: [`${note}; at most ${SLOWEST} is equal`] }
    : { path, differences: [], note };
}
