// How many steps a run has made and whether it ended early, as its metrics tell: the only record
// that is there however the run ended.
import { readFile } from 'node:fs/promises';

/** `steps`: up to the last line of metrics.jsonl that is one; undefined without any. */
export async function metricsEnd(
  metrics: string,
): Promise<{ readonly steps: number | undefined; readonly endedEarly: boolean }> {
  const text = await readFile(metrics, 'utf8').catch(() => '');
  const lines = text.split('\n').filter((line) => line.startsWith('{'));
  const last = lines.findLast((line) => line.includes('"loss":'))?.match(/"step":(\d+)/)?.[1];
  return {
    steps: last === undefined ? undefined : Number(last) + 1,
    endedEarly:
      lines.findLast((line) => !line.includes('"evaluation":'))?.includes('"early_stopping":') ===
      true,
  };
}
