// What of a text file must be equal: everything but measured times, speeds and process memory, and
// the folder in which the command ran. JSON keeps the order of its keys, which readers can notice.
import { applyRenames, type Renames } from './renames.js';

/** Keys whose values are measured, or the length of a file with such values. */
const MEASURED = new Set([
  'seconds',
  'step_seconds',
  'mem',
  'tps',
  'tps_per_gpu',
  'data_wait_ms',
  'timestamp',
  'metricsBytes',
]);

export interface TextContext {
  /** Folder in which the command ran; occurrences become `<run>`. */
  readonly folder: string;
  readonly renames: Renames;
}

const hasOp = (value: unknown): boolean =>
  typeof value === 'object' && value !== null && 'op' in value;

/**
 * Without what is measured. Lists of ops are sorted by measured seconds, so they are sorted anew.
 */
function withoutMeasured(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items: readonly unknown[] = value.map(withoutMeasured);
    if (items.length === 0 || !items.every(hasOp)) return items;
    return items
      .map((item) => JSON.stringify(item))
      .sort()
      .map((text) => JSON.parse(text) as unknown);
  }
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([key]) => !MEASURED.has(key));
  return Object.fromEntries(kept.map(([key, inner]) => [key, withoutMeasured(inner)]));
}

/** The lines of the file `name` that are compared. Errors: JSON that cannot be parsed. */
export function comparableLines(name: string, text: string, context: TextContext): string[] {
  const named = applyRenames(text.replaceAll(context.folder, '<run>'), context.renames);
  if (name.endsWith('.json'))
    return JSON.stringify(withoutMeasured(JSON.parse(named)), null, 1).split('\n');
  const lines = named.split('\n');
  if (!name.endsWith('.jsonl')) return lines;
  return lines.map((line) =>
    line === '' ? '' : JSON.stringify(withoutMeasured(JSON.parse(line))),
  );
}

const WIDTH = 100;
const shortened = (line: string | undefined): string =>
  line === undefined ? 'nothing' : `"${line.length > WIDTH ? `${line.slice(0, WIDTH)}...` : line}"`;

/** The first line that differs and how many do; undefined where none does. */
export function firstDifference(
  base: readonly string[],
  head: readonly string[],
): string | undefined {
  const length = Math.max(base.length, head.length);
  const differing = Array.from({ length }, (_, i) => i).filter((i) => base[i] !== head[i]);
  const [first] = differing;
  if (first === undefined) return undefined;
  const [from, to] = around(base[first], head[first]);
  return `${differing.length} of ${length} lines, line ${first + 1}: ${shortened(
    from,
  )} became ${shortened(to)}`;
}

/** Long lines from a little before the place where they part. */
function around(
  base: string | undefined,
  head: string | undefined,
): [string | undefined, string | undefined] {
  if (base === undefined || head === undefined) return [base, head];
  let same = 0;
  while (base[same] === head[same]) same += 1;
  const start = Math.max(0, same - WIDTH / 2);
  return [base.slice(start), head.slice(start)];
}
