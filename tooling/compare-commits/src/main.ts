// Builds both commits, goes through the parts that are asked for, prints a line for each thing that
// was compared and a summary. Exit code 0: all the same, 1: something differs, 2: could not
// compare.
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { curveItems } from './curve-items.js';
import { exportItems } from './export-items.js';
import { instructionSets } from './instruction-sets.js';
import type { ListContext } from './list-item.js';
import { measureSpeed } from './measure-speed.js';
import { parseOptions, type Options } from './options.js';
import { compareFunctions } from './pair-functions.js';
import { planItems } from './plan-items.js';
import { commitId, prepareCommit, type PreparedCommit } from './prepare-commit.js';
import { readLibrary } from './read-library.js';
import { readRenames, type Renames } from './renames.js';
import { mustRun } from './run-command.js';
import type { Side } from './run-item.js';
import { runList, type ListedItem } from './run-list.js';
import { speedCommands } from './speed-commands.js';
import { verdictLines, type Verdict } from './verdict.js';
import { verifyItems } from './verify-items.js';

const tool = fileURLToPath(new URL('../', import.meta.url));
const repository = fileURLToPath(new URL('../../../', import.meta.url));
const say = (text: string): void => void process.stdout.write(`${text}\n`);

interface Comparison {
  readonly options: Options;
  readonly base: Side;
  readonly head: Side;
  readonly sets: readonly string[];
  readonly renames: Renames;
  readonly tell: (verdict: Verdict) => void;
}

/** Changes when an input does: what the base has written from other inputs is no use. */
function inputsHash(): string {
  const hash = createHash('sha256').update(process.version);
  for (const entry of readdirSync(join(tool, 'inputs'), { recursive: true, withFileTypes: true }))
    if (entry.isFile()) hash.update(readFileSync(join(entry.parentPath, entry.name)));
  return hash.digest('hex').slice(0, 12);
}

const contextOf = ({ base }: Comparison, threads: number): ListContext => ({
  goldens: join(base.commit.worktree, 'goldens'),
  quickstart: join(base.commit.worktree, 'examples', 'quickstart'),
  inputs: join(tool, 'inputs'),
  threads,
});

/** Numbers and plans: every item under every setting. */
async function compareList(comparison: Comparison): Promise<void> {
  const { options, base, head, sets, renames, tell } = comparison;
  const { parts, quick } = options;
  const list = sets.flatMap((instructionSet, rank) =>
    (quick ? [2] : [1, 2]).flatMap((threads): ListedItem[] => {
      const context = contextOf(comparison, threads);
      const numbers = parts.has('numbers')
        ? [...verifyItems(context), ...curveItems(context), ...exportItems(context)]
        : [];
      const plans = parts.has('plans') ? planItems(context, rank === 0 && threads === 2) : [];
      return [...numbers, ...plans].map((item) => ({ item, setting: { instructionSet, threads } }));
    }),
  );
  await runList(list, base, head, renames, tell);
}

/** Compiled functions; returns the instruction sets of those that differ. */
function compareKernels({ options, base, head, sets, renames, tell }: Comparison): string[] {
  const [from, to] = [base, head].map(({ commit }) => readLibrary(commit.library));
  const { equal, differing } = compareFunctions(from ?? [], to ?? [], renames);
  if (options.parts.has('kernels')) {
    tell({
      path: 'kernels',
      differences: equal === 0 ? ['no function is equal'] : [],
      note: `${equal} functions are equal`,
    });
    for (const { name, what } of differing) tell({ path: `kernels/${name}`, differences: [what] });
  }
  const ofSet = (set: string): string => `::${set.replaceAll('-', '_')}::`;
  const inSets = sets.filter((set) => differing.some(({ name }) => name.includes(ofSet(set))));
  return differing.length > 0 && inSets.length === 0 ? sets.slice(0, 1) : inSets;
}

async function compareSpeed(comparison: Comparison, changedSets: readonly string[]): Promise<void> {
  const { base, head, sets, tell } = comparison;
  for (const command of speedCommands(
    contextOf(comparison, 1),
    head.folder,
    changedSets,
    sets[0] ?? '',
  ))
    tell(await measureSpeed(command, base, head));
}

async function open(
  options: Options,
  cache: string,
  tell: (verdict: Verdict) => void,
): Promise<Comparison> {
  const ids = [
    await commitId(repository, options.base),
    await commitId(repository, options.head),
  ] as const;
  const changes = await mustRun('git', ['status', '--porcelain'], { cwd: repository });
  if (options.head === 'HEAD' && changes !== '')
    say('note: changes that are not committed are not compared');
  const [from, to] = [
    await prepareCommit(repository, ids[0], cache, say),
    await prepareCommit(repository, ids[1], cache, say),
  ];
  const runs = join(cache, 'runs');
  const base: Side = {
    commit: from,
    folder: join(runs, `base-${from.id.slice(0, 12)}-${inputsHash()}`),
  };
  mkdirSync(base.folder, { recursive: true });
  const head: Side = { commit: to, folder: mkdtempSync(join(runs, 'head-')) };
  const setsOf = (commit: PreparedCommit): Promise<string[]> => instructionSets(commit, cache);
  const [sets, headSets] = [await setsOf(from), await setsOf(to)];
  const isSame = sets.join() === headSets.join();
  tell({
    path: 'instruction sets',
    differences: isSame ? [] : [`${sets.join(', ')} became ${headSets.join(', ')}`],
    note: sets.join(', '),
  });
  const common = sets.filter((set) => headSets.includes(set));
  const renames = readRenames(join(tool, 'renames.json'));
  return { options, base, head, sets: options.quick ? common.slice(0, 1) : common, renames, tell };
}

async function compare(options: Options): Promise<number> {
  const cache = join(tmpdir(), 'automodel-compare-commits');
  mkdirSync(cache, { recursive: true, mode: 0o700 });
  const counts = { same: 0, different: 0 };
  const tell = (verdict: Verdict): void => {
    counts[verdict.differences.length === 0 ? 'same' : 'different'] += 1;
    for (const line of verdictLines(verdict)) say(line);
  };
  const comparison = await open(options, cache, tell);
  const { base, head } = comparison;
  await compareList(comparison);
  const changedSets =
    options.parts.has('kernels') || options.parts.has('speed') ? compareKernels(comparison) : [];
  if (options.parts.has('speed')) await compareSpeed(comparison, changedSets);
  const [from, to] = [base, head].map(({ commit }) => commit.id.slice(0, 12));
  say(`${from} and ${to}: ${counts.same} same, ${counts.different} different`);
  if (counts.different === 0) rmSync(head.folder, { recursive: true });
  else say(`kept for inspection: ${base.folder} and ${head.folder}`);
  return counts.different === 0 ? 0 : 1;
}

/** Runs the tool; returns its exit code. */
export async function main(words: readonly string[]): Promise<number> {
  try {
    return await compare(parseOptions(words));
  } catch (error) {
    process.stderr.write(`error: ${error instanceof Error ? error.message : String(error)}\n`);
    return 2;
  }
}
