// Finds everything that can be known about a run before it starts: each check looks at one part,
// and all of them run, so that one report shows everything there is to fix.
// A check whose parts could not be opened is skipped, because their error is reported already. No
// weights are loaded and nothing is written.
import type { OpenedRun } from '../open/opened-run.js';
import { checkData } from './check-data.js';
import { checkDataFiles, checkEvaluation } from './check-data-files.js';
import { checkDisk } from './check-disk.js';
import { checkLabels } from './check-labels.js';
import { checkMemory } from './check-memory.js';
import { checkModel } from './check-model.js';
import { checkOutput } from './check-output.js';
import { checkTokenizer } from './check-tokenizer.js';
import { exporterOf } from '../export/export-model.js';
import { findingsOf, note, ok, type Finding } from './finding.js';

/** A check of one part. It returns findings, or throws the error that a run would end with. */
interface Check {
  readonly name: string;
  /** Checks that must pass for it to say anything new. */
  readonly needs: readonly string[];
  readonly run: (opened: OpenedRun) => Promise<readonly Finding[]>;
  /** What can be said without the checks that it needs, or after it has failed. */
  readonly instead?: (opened: OpenedRun) => Promise<readonly Finding[]>;
}

const CHECKS: readonly Check[] = [
  { name: 'recipe', needs: [], run: (opened) => Promise.resolve(recipeNotes(opened)) },
  { name: 'output', needs: [], run: checkOutput },
  { name: 'export', needs: [], run: checkExport },
  { name: 'distributed', needs: [], run: checkDistributed },
  { name: 'model', needs: [], run: checkModel },
  { name: 'tokenizer', needs: ['model'], run: checkTokenizer },
  { name: 'backend', needs: [], run: checkBackend },
  {
    name: 'data',
    needs: ['model', 'tokenizer', 'distributed'],
    run: checkData,
    instead: checkDataFiles,
  },
  { name: 'evaluation', needs: [], run: checkEvaluation },
  { name: 'labels', needs: ['data'], run: checkLabels },
  { name: 'memory', needs: ['data', 'backend'], run: checkMemory },
  { name: 'disk', needs: ['data'], run: checkDisk },
];

/** The findings, check by check. Errors: only `internal`, `aborted` and unexpected ones. */
export async function* checkRun(opened: OpenedRun): AsyncGenerator<Finding, void, undefined> {
  const failed = new Set<string>();
  const said: string[] = [];
  for (const { name, needs, run, instead } of CHECKS) {
    const isSkipped = needs.some((need) => failed.has(need));
    const findings = isSkipped ? [] : await runCheck(name, opened, run);
    yield* findings.filter((finding) => isNew(finding, said));
    if (!isSkipped && findings.every(({ error }) => error === undefined)) continue;
    failed.add(name);
    if (instead === undefined) continue;
    yield* (await runCheck(name, opened, instead)).filter((finding) => isNew(finding, said));
  }
}

/**
 * Whether no error in `said` says the same, perhaps with more behind it: a file that training,
 * validation and evaluation share is wrong once. Adds an error to `said`.
 */
function isNew({ level, message }: Finding, said: string[]): boolean {
  if (level !== 'error') return true;
  if (said.some((earlier) => earlier === message || earlier.startsWith(`${message}; `)))
    return false;
  said.push(message);
  return true;
}

const runCheck = (
  name: string,
  opened: OpenedRun,
  run: Check['run'],
): Promise<readonly Finding[]> => run(opened).catch((error: unknown) => findingsOf(name, error));

async function checkBackend({ backend }: Pick<OpenedRun, 'backend'>): Promise<readonly Finding[]> {
  await backend();
  return [];
}

async function checkExport(
  opened: Pick<OpenedRun, 'recipe' | 'plugins'>,
): Promise<readonly Finding[]> {
  await exporterOf(opened);
  return [];
}

async function checkDistributed({
  parallelism,
}: Pick<OpenedRun, 'parallelism'>): Promise<readonly Finding[]> {
  await parallelism();
  return [];
}

function recipeNotes({ notes }: Pick<OpenedRun, 'notes'>): Finding[] {
  return [
    ok('recipe', 'every key is known'),
    ...notes.map(({ key, because }) => note('recipe', `${key} has no effect here: ${because}`)),
  ];
}
