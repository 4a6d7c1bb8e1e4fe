// `npm run mutation`: applies the committed mutations to a scratch copy, one at a time, and reports
// what no test notices. A developer's check of an hour or two, not part of the tests. Options:
// --area NAME and --id ID, both also as lists with commas.
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { instructionSets } from '@automodel/cpu-backend';
import { listFiles } from '../../checks/src/workspace.js';
import { complaint, readMutations, type Mutation } from './mutation-list.js';
import { mutationReport, outcomeLine } from './mutation-report.js';
import { scratchCopy } from './scratch-copy.js';
import { tryMutations } from './try-mutations.js';

const root = join(import.meta.dirname, '../../..');

/** The entries that were asked for. Errors: a name that chooses none. */
function chosen(all: readonly Mutation[]): readonly Mutation[] {
  const { values } = parseArgs({ options: { area: { type: 'string' }, id: { type: 'string' } } });
  const [areas, ids] = [values.area?.split(','), values.id?.split(',')];
  for (const [names, key] of [
    [areas, 'area'],
    [ids, 'id'],
  ] as const) {
    const wrong = names?.find((name) => !all.some((mutation) => mutation[key] === name));
    if (wrong !== undefined) throw new Error(`no mutation has the ${key} ${wrong}`);
  }
  return all.filter(
    ({ area, id }) => (areas?.includes(area) ?? true) && (ids?.includes(id) ?? true),
  );
}

const mutations = chosen(readMutations(join(root, 'tooling/mutation/mutations')));
const testFiles = listFiles(root, ['.test.ts']);
for (const mutation of mutations) {
  const wrong = complaint(root, mutation, testFiles);
  if (wrong !== undefined) throw new Error(`mutation ${mutation.id}: ${wrong}`);
}
const sets = instructionSets();
const runsHere = ({ instructionSet }: Mutation): boolean =>
  instructionSet === undefined || sets.includes(instructionSet);
const copy = scratchCopy(root);
process.on('exit', () => copy.remove());
process.on('SIGINT', () => process.exit(130));
const outcomes = await tryMutations(mutations.filter(runsHere), {
  root: copy.root,
  instructionSet: sets[0]!,
  onOutcome: (outcome) => console.log(outcomeLine(outcome)),
});
const { lines, passed } = mutationReport(
  outcomes,
  mutations.filter((mutation) => !runsHere(mutation)),
);
console.log(lines.join('\n'));
process.exitCode = passed ? 0 : 1;
