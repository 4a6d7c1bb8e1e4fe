// The printed table: one line a row of work, in Markdown.

/** Columns and their headings, in order. */
const COLUMNS = {
  work: 'work',
  ours: 'ours',
  theirs: 'PyTorch',
  speed: 'speed',
  leastSpeed: 'at least',
  compiled: 'PyTorch compiled',
  toCompiled: 'to compiled',
  peak: 'our peak',
  theirPeak: "PyTorch's peak",
  memory: 'memory',
  limitedPeak: 'peak in budget',
  limitedMemory: 'memory in budget',
  mostMemory: 'at most',
} as const;

/** What a line says; columns that do not apply are left out. */
export type Cells = { readonly [K in keyof typeof COLUMNS]?: string | undefined };

const NOT_APPLICABLE = '-';
const KEYS = Object.keys(COLUMNS) as (keyof typeof COLUMNS)[];

const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;

/** The table of these lines. */
export const tableLines = (rows: readonly Cells[]): string[] => [
  line(Object.values(COLUMNS)),
  line(KEYS.map((key) => (key === 'work' ? '---' : '--:'))),
  ...rows.map((cells) => line(KEYS.map((key) => cells[key] ?? NOT_APPLICABLE))),
];
