// What came of comparing one thing: equal, or one line for each way in which it is not.
export interface Verdict {
  /** What was compared. */
  readonly path: string;
  readonly differences: readonly string[];
  /** A remark beside `same`, such as a measured ratio. */
  readonly note?: string;
}

/** The verdict's lines. */
export function verdictLines({ path, differences, note }: Verdict): string[] {
  if (differences.length === 0) return [`same ${path}${note === undefined ? '' : ` (${note})`}`];
  return differences.map((difference) => `DIFFERENT ${path}: ${difference}`);
}
