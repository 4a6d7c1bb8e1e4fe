// Which answers were given where which were expected, for rows whose expected answers are a few
// labels. Whether they are labels is seen from the answers themselves.

/** At most this many different expected answers are labels. */
export const MAX_LABELS = 20;
/** Longer answers are no labels. */
const MAX_LENGTH = 60;
/** Labels come again: this many rows for each on average. */
const ROWS_PER_LABEL = 2;

export interface Confusion {
  /** The expected answers, in order of the alphabet. */
  readonly labels: readonly string[];
  /** A row for each label: how often each label was the answer, and last anything else. */
  readonly counts: readonly (readonly number[])[];
}

export class ConfusionCounts {
  /** Expected answer to given answer to how often. */
  readonly #pairs = new Map<string, Map<string, number>>();
  #rows = 0;
  #isLabels = true;

  add({ expected, answer }: { readonly expected: string; readonly answer: string }): void {
    if (!this.#isLabels) return;
    const [label, given] = [expected.trim(), answer.trim()];
    const row = this.#pairs.get(label) ?? new Map<string, number>();
    row.set(given, (row.get(given) ?? 0) + 1);
    this.#pairs.set(label, row);
    this.#rows += 1;
    if (this.#pairs.size > MAX_LABELS || label.length > MAX_LENGTH || /[\n\r]/.test(label)) {
      this.#isLabels = false;
      this.#pairs.clear();
    }
  }

  /** Undefined: the expected answers are not labels. */
  table(): Confusion | undefined {
    const labels = [...this.#pairs.keys()].sort();
    if (!this.#isLabels || labels.length < 2 || this.#rows < ROWS_PER_LABEL * labels.length)
      return undefined;
    const counts = labels.map((label) => {
      const row = this.#pairs.get(label) ?? new Map<string, number>();
      const known = labels.map((answer) => row.get(answer) ?? 0);
      const total = [...row.values()].reduce((a, b) => a + b, 0);
      return [...known, total - known.reduce((a, b) => a + b, 0)];
    });
    return { labels, counts };
  }
}
