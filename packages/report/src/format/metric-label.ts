// What a person calls a metric of answers: the same on terminals and in reports.

const LABELS: Readonly<Record<string, string>> = {
  exact_match: 'exact match',
  accuracy: 'accuracy',
  f1: 'macro F1',
  rouge_l: 'ROUGE-L',
  numeric: 'numbers right',
};

/** The name of a metric; one of the user's own is called as it is written. */
export const metricLabel = (name: string): string =>
  Object.hasOwn(LABELS, name) ? LABELS[name]! : name;

/** `text`, which names the metric, as a heading; the name of one of the user's own stays. */
export const metricHeading = (name: string, text: string): string =>
  Object.hasOwn(LABELS, name) ? `${text.slice(0, 1).toUpperCase()}${text.slice(1)}` : text;

/** What its number for one label is: F1 is a mean only over all labels. */
export const metricOfLabel = (name: string): string => (name === 'f1' ? 'F1' : metricLabel(name));

/** Whether it is a share of rows; of other metrics nothing is known. */
export const isShareOfRows = (name: string): boolean =>
  Object.hasOwn(LABELS, name) && name !== 'rouge_l';
