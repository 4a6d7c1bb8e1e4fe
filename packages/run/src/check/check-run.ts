// Finds everything that can be known about a run before it starts: each check looks at one part,
// and all of them run, so that one report shows everything there is to fix.
// A check whose parts could not be opened is skipped, because their error is reported already. No
// weights are loaded and nothing is written.
import type { OpenedRun } from '../open/opened-run.js';
import { checkData } from './check-data.js';
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
}

const CHECKS: readonly Check[] = [
  { name: 'recipe', needs: [], run: (opened) => Promise.resolve(recipeNotes(opened)) },
  { name: 'output', needs: [], run: checkOutput },
  { name: 'export', needs: [], run: checkExport },
  { name: 'distributed', needs: [], run: checkDistributed },
  { name: 'model', needs: [], run: checkModel },
  { name: 'tokenizer', needs: ['model'], run: checkTokenizer },
  { name: 'data', needs: ['model', 'tokenizer', 'distributed'], run: checkData },
  { name: 'labels', needs: ['data'], run: checkLabels },
  { name: 'memory', needs: ['data'], run: checkMemory },
  { name: 'disk', needs: ['data'], run: checkDisk },
];

/** The findings, check by check. Errors: only `internal`, `aborted` and unexpected ones. */
export async function* checkRun(opened: OpenedRun): AsyncGenerator<Finding, void, undefined> {
  const failed = new Set<string>();
  for (const { name, needs, run } of CHECKS) {
    if (needs.some((need) => failed.has(need))) {
      failed.add(name);
      continue;
    }
    const findings = await run(opened).catch((error: unknown) => findingsOf(name, error));
    if (findings.some(({ error }) => error !== undefined)) failed.add(name);
    yield* findings;
  }
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
