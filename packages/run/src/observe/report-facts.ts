// report.json in a run's folder: what the report shows besides metrics and answers, which have
// files of their own. With all three, whoever watches the folder shows what the run itself would.
import { readFile } from 'node:fs/promises';
import { fencedWrite, type Fence } from '@automodel/checkpoint';
import type { ReportData } from '@automodel/report';

export type ReportFacts = Omit<ReportData, 'steps' | 'validations' | 'evaluations' | 'stepSeconds'>;

/** In one step. Errors: those of the file system and of the fence. */
export async function writeReportFacts(
  fence: Fence,
  path: string,
  data: ReportData,
): Promise<void> {
  const { steps: _s, validations: _v, evaluations: _e, stepSeconds: _t, ...facts } = data;
  await fencedWrite(fence, path, `${JSON.stringify(facts)}\n`);
}

/** Undefined where the file is missing or is not what a run has written. */
export async function readReportFacts(path: string): Promise<ReportFacts | undefined> {
  const text = await readFile(path, 'utf8').catch(() => '');
  const facts = parsed(text);
  const [startedAt, updatedAt] = [dateOf(facts.startedAt), dateOf(facts.updatedAt)];
  const isComplete =
    [startedAt, updatedAt].every((time) => !Number.isNaN(time.getTime())) &&
    [facts.datasets, facts.notes, facts.saved].every(Array.isArray) &&
    Object(facts.environment) === facts.environment;
  return isComplete ? ({ ...facts, startedAt, updatedAt } as ReportFacts) : undefined;
}

/** JSON holds times as texts; an invalid date where it holds none. */
const dateOf = (time: Date | string | undefined): Date => new Date(time ?? NaN);

/** The object that the text holds, which may lack anything; of no object an empty one. */
function parsed(text: string): Partial<ReportFacts> {
  try {
    return Object(JSON.parse(text)) as Partial<ReportFacts>;
  } catch {
    return {};
  }
}
