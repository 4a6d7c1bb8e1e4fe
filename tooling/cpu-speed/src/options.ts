// What the command line of the comparison says. Unknown words are refused.
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ROWS } from './rows.js';

export interface Options {
  /** A Python with benchmarks/peers/requirements.txt. */
  readonly python: string;
  readonly rows: readonly string[];
  readonly pairs: number;
  readonly steps: number;
  readonly threads: number;
  /** How often PyTorch's compiled model is measured; 0: not at all. */
  readonly compiled: number;
  /** Where models are kept from one call to the next. */
  readonly folder: string;
  /** The command line from source rather than the built one. */
  readonly source: boolean;
}

export const USAGE =
  'cpu-speed.mjs PYTHON [--rows NAME,NAME] [--pairs 5] [--compiled 1] [--steps 5] [--threads N] ' +
  '[--folder DIR] [--source]';

/** The options among `words`. Errors: no Python, an unknown row or option, no whole number. */
export function parseOptions(words: readonly string[], cores: number): Options {
  const { values, positionals } = parseArgs({
    args: [...words],
    allowPositionals: true,
    options: {
      rows: { type: 'string', default: Object.keys(ROWS).join() },
      pairs: { type: 'string', default: '5' },
      compiled: { type: 'string', default: '1' },
      steps: { type: 'string', default: '5' },
      threads: { type: 'string', default: String(cores) },
      folder: { type: 'string', default: join(tmpdir(), 'automodel-cpu-speed') },
      source: { type: 'boolean', default: false },
    },
  });
  const [python, ...more] = positionals;
  if (python === undefined || more.length > 0) throw new Error(`usage: ${USAGE}`);
  const rows = values.rows.split(',');
  const unknown = rows.find((name) => !Object.hasOwn(ROWS, name));
  if (unknown !== undefined)
    throw new Error(`--rows ${unknown}: the rows are ${Object.keys(ROWS).join(', ')}`);
  const whole = (name: 'pairs' | 'compiled' | 'steps' | 'threads', least: number): number => {
    const value = Number(values[name]);
    if (Number.isInteger(value) && value >= least) return value;
    throw new Error(`--${name} ${values[name]}: give a whole number of at least ${least}`);
  };
  return {
    python,
    rows: withFullRows(rows),
    pairs: whole('pairs', 1),
    compiled: whole('compiled', 0),
    steps: whole('steps', 2),
    threads: whole('threads', 1),
    folder: values.folder,
    source: values.source,
  };
}

/** Rows that are compared with another one come after it, also where it was not asked for. */
const withFullRows = (names: readonly string[]): string[] => [
  ...new Set(
    names.flatMap((name) => {
      const row = ROWS[name];
      return row?.kind === 'documents' ? [row.full, name] : [name];
    }),
  ),
];
