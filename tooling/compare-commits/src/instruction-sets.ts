// The instruction sets that a commit's library has and this machine can run, as `doctor` tells
// them.
import type { PreparedCommit } from './prepare-commit.js';
import { environmentOf } from './run-item.js';
import { runCommand } from './run-command.js';

/** Best first: the names that AUTOMODEL_CPU_ISA takes. */
const KNOWN = ['amx', 'avx512-bf16', 'avx512', 'avx2', 'neon', 'baseline'];

/** Those sets, best first. Errors: `doctor` names none. */
export async function instructionSets(
  { program, worktree }: PreparedCommit,
  cache: string,
): Promise<string[]> {
  const environment = environmentOf(cache, '');
  const { stdout } = await runCommand(process.execPath, [program, 'doctor', '--json'], {
    cwd: worktree,
    environment,
  });
  const [, text = ''] = /"text":"([^"]*\bbaseline\b[^"]*)"/.exec(stdout) ?? [];
  const words = new Set(text.match(/[a-z0-9-]+/g) ?? []);
  const found = KNOWN.filter((name) => words.has(name));
  if (found.length === 0) throw new Error(`${program} doctor --json names no instruction sets`);
  return found;
}
