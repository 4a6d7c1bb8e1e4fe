// Applies mutations to a scratch copy, one at a time, and runs the tests that should notice each.
// The same tests run before on the unchanged copy and must pass, or every mutation would count as
// noticed.
import { execFile } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { mutatedText, type Mutation } from './mutation-list.js';
import { runTests } from './run-tests.js';

/** What became of a mutation. `by` is the first test that failed; undefined where none did. */
export interface Outcome {
  readonly mutation: Mutation;
  readonly by: string | undefined;
  readonly seconds: number;
}

export interface TryOptions {
  /** Folder of a copy; its files are changed and put back. */
  readonly root: string;
  /** The instruction set that C++ mutations are compiled for where an entry names none. */
  readonly instructionSet: string;
  /** When tests that have not ended count as failed; default 600. */
  readonly testSeconds?: number;
  /** Hears of each outcome as it comes. */
  readonly onOutcome?: (outcome: Outcome) => void;
}

/** Of a library that has all instruction sets, whose kernels are not compiled again. */
const ALL_SETS = 'all';

/** What the tests of a C++ mutation run on; undefined of TypeScript: the library as it is. */
function setOf(
  { file, instructionSet }: Mutation,
  options: Pick<TryOptions, 'instructionSet'>,
): string | undefined {
  if (!/\.(cpp|h)$/.test(file)) return undefined;
  return file.includes('/kernels/') ? (instructionSet ?? options.instructionSet) : ALL_SETS;
}

/** Outcomes in the order of `mutations`. Errors: tests that fail on the unchanged copy. */
export async function tryMutations(
  mutations: readonly Mutation[],
  options: TryOptions,
): Promise<readonly Outcome[]> {
  await checkUnchanged(mutations, options);
  const outcomes: Outcome[] = [];
  for (const mutation of mutations) {
    const started = performance.now();
    const by = await tryMutation(mutation, options);
    const seconds = Math.round((performance.now() - started) / 1000);
    const outcome = { mutation, by, seconds };
    options.onOutcome?.(outcome);
    outcomes.push(outcome);
  }
  return outcomes;
}

async function tryMutation(mutation: Mutation, options: TryOptions): Promise<string | undefined> {
  const path = join(options.root, mutation.file);
  const original = readFileSync(path, 'utf8');
  writeFileSync(path, mutatedText(options.root, mutation));
  try {
    const environment = await environmentFor(options.root, setOf(mutation, options));
    const { failure } = await runTests(
      options.root,
      mutation.tests,
      environment,
      options.testSeconds ?? 600,
    );
    return failure;
  } catch (cause) {
    throw new Error(`mutation ${mutation.id} cannot be tried: ${String(cause)}`, { cause });
  } finally {
    writeFileSync(path, original);
  }
}

/** Compiles the sources of the copy for `set`; the environment that chooses the library. */
async function environmentFor(
  root: string,
  set: string | undefined,
): Promise<Record<string, string>> {
  if (set === undefined) return {};
  const library = join(root, 'packages/cpu-backend/native', `mutated-${set}`);
  const only = set === ALL_SETS ? [] : [`--instruction-set=${set}`];
  rmSync(library, { force: true });
  await promisify(execFile)(
    process.execPath,
    ['packages/cpu-backend/scripts/build-native.mjs', `--output=${library}`, ...only],
    { cwd: root, maxBuffer: 1 << 26 },
  );
  return { AUTOMODEL_CPU_LIBRARY: library };
}

/** Runs all tests that `mutations` name, as they run for each mutation, on the unchanged copy. */
async function checkUnchanged(mutations: readonly Mutation[], options: TryOptions): Promise<void> {
  const { root, testSeconds = 600 } = options;
  const filters = new Map<string | undefined, Set<string>>();
  for (const mutation of mutations) {
    const set = setOf(mutation, options);
    const known = filters.get(set) ?? new Set<string>();
    mutation.tests.forEach((filter) => known.add(filter));
    filters.set(set, known);
  }
  for (const [set, names] of filters) {
    const environment = await environmentFor(root, set);
    const { tests, failure } = await runTests(root, [...names], environment, 10 * testSeconds);
    if (failure !== undefined) throw new Error(`without a mutation a test fails: ${failure}`);
    if (tests === 0) throw new Error(`no tests in ${[...names].join(', ')}`);
  }
}
