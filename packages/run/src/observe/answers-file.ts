// answers.jsonl in a run's folder: one line each time held-out rows were answered, before, during
// and after training. A resumed run's report begins with them.
import { readFile } from 'node:fs/promises';
import { FencedLog, type Fence } from '@automodel/checkpoint';
import type { ReportEvaluation } from '@automodel/report';

interface AnswersLine extends Omit<ReportEvaluation, 'exactMatch'> {
  readonly exact_match: number | null;
}

/** Errors: those of the file system and of the fence. */
export async function appendAnswers(
  path: string,
  fence: Fence,
  { exactMatch, steps, total, correct, scores, samples, confusion }: ReportEvaluation,
): Promise<void> {
  const line: AnswersLine = {
    steps,
    exact_match: exactMatch ?? null,
    total,
    correct,
    scores,
    samples: samples.map(({ prompt, expected, answer, correct: right }) => ({
      prompt,
      expected,
      answer,
      correct: right,
    })),
    ...(confusion === undefined ? {} : { confusion }),
  };
  await using log = await FencedLog.open(path, fence);
  await log.append(`${JSON.stringify(line)}\n`);
}

/**
 * The answers up to `steps` steps, in order; if a resumed run answered again after the same step,
 * only the later line. Lines that cannot be read are skipped.
 */
export async function readAnswers(path: string, steps: number): Promise<ReportEvaluation[]> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const found = new Map<number, ReportEvaluation>();
  for (const line of text.split('\n')) {
    const { exact_match: exactMatch, ...evaluation } = parsed(line);
    if (Array.isArray(evaluation.samples) && evaluation.steps <= steps)
      found.set(evaluation.steps, { ...evaluation, exactMatch: exactMatch ?? undefined });
  }
  return [...found.values()].sort((a, b) => a.steps - b.steps);
}

function parsed(line: string): AnswersLine {
  try {
    return JSON.parse(line) as AnswersLine;
  } catch {
    return {} as AnswersLine;
  }
}
