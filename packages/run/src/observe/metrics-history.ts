// What metrics.jsonl already holds when a run resumes from a checkpoint: the curves of its report
// begin there.
import { readFile } from 'node:fs/promises';
import type { ReportStep, ReportValidation } from '@automodel/report';

export interface MetricsHistory {
  readonly steps: (ReportStep & { readonly seconds: number })[];
  readonly validations: ReportValidation[];
}

/** Lines that cannot be read are skipped; without a file the history is empty. */
export async function readMetricsHistory(path: string): Promise<MetricsHistory> {
  const history: MetricsHistory = { steps: [], validations: [] };
  const text = await readFile(path, 'utf8').catch(() => '');
  for (const line of text.split('\n')) addMetricsLine(history, line);
  return history;
}

/** Adds what the line says; nothing if it cannot be read. */
export function addMetricsLine(history: MetricsHistory, line: string): void {
  const record = parsed(line);
  const number = (key: string): number => Number(record[key]);
  if (record['val_loss'] !== undefined)
    history.validations.push({
      name: String(record['val_name']),
      step: number('step'),
      loss: number('val_loss'),
    });
  else if (record['loss'] !== undefined)
    history.steps.push({
      step: number('step'),
      loss: number('loss'),
      gradientNorm: number('grad_norm'),
      learningRate: number('lr'),
      tokensPerSecond: number('tps'),
      memoryGib: number('mem'),
      seconds: number('num_tokens_per_step') / number('tps'),
    });
}

/** The middle one of the wall times of the steps; undefined: there are none. */
export const medianSeconds = (steps: readonly { readonly seconds: number }[]): number | undefined =>
  steps.map(({ seconds }) => seconds).sort((a, b) => a - b)[Math.floor(steps.length / 2)];

function parsed(line: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(line)) as Record<string, unknown>;
  } catch {
    return {};
  }
}
