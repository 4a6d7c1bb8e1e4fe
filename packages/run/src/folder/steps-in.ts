// How many steps a run has made, as its metrics tell: the only record that is there however the run
// ended.
import { readFile } from 'node:fs/promises';

/** Steps up to the last line of metrics.jsonl that is one; undefined without any. */
export async function stepsIn(metrics: string): Promise<number | undefined> {
  const text = await readFile(metrics, 'utf8').catch(() => '');
  const last = text
    .split('\n')
    .findLast((line) => line.startsWith('{') && line.includes('"loss":'))
    ?.match(/"step":(\d+)/)?.[1];
  return last === undefined ? undefined : Number(last) + 1;
}
