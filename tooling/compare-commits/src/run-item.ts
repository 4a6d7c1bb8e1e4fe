// Runs one list item with one commit in a folder of its own. What the base has written is kept, so
// comparing a next commit with it costs half.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ListItem } from './list-item.js';
import type { PreparedCommit } from './prepare-commit.js';
import { runCommand } from './run-command.js';

/** How a commit computes. */
export interface Setting {
  readonly instructionSet: string;
  readonly threads: number;
}

/** A commit and the folder below which its items run. */
export interface Side {
  readonly commit: PreparedCommit;
  readonly folder: string;
}

/** `verify` exits with 1 where a golden differs, which is a result like any other. */
const mayFail = (command: string | undefined): boolean => command === 'verify';

/** Settings of the environment that commands see. */
export const environmentOf = (folder: string, instructionSet: string): Record<string, string> => ({
  AUTOMODEL_CPU_ISA: instructionSet,
  AUTOMODEL_CACHE: join(folder, 'cache'),
  HF_HOME: join(folder, 'cache', 'hub'),
  HF_HUB_OFFLINE: '1',
});

/**
 * Runs the item, or does nothing where the same commands have run before. Returns what failed, if
 * anything.
 */
export async function runItem(
  { commit, folder }: Side,
  { instructionSet }: Setting,
  item: ListItem,
  path: string,
): Promise<string | undefined> {
  const place = join(folder, path);
  const done = `${place}.done`;
  const commands = JSON.stringify(item.commands);
  if (existsSync(done) && readFileSync(done, 'utf8') === commands) return undefined;
  rmSync(done, { force: true });
  rmSync(place, { recursive: true, force: true });
  mkdirSync(place, { recursive: true });
  const logs = join(folder, 'logs', path);
  mkdirSync(dirname(logs), { recursive: true });
  for (const [i, { words, output }] of item.commands.entries()) {
    const environment = environmentOf(folder, instructionSet);
    const result = await runCommand(process.execPath, [commit.program, ...words], {
      cwd: place,
      environment,
    });
    writeFileSync(
      `${logs}-${i}.log`,
      `automodel ${words.join(' ')}\n${result.stdout}\n${result.stderr}`,
    );
    if (output !== undefined) writeFileSync(join(place, output), result.stdout);
    if (result.code === 0 || (result.code === 1 && mayFail(words[0]))) continue;
    const said = result.stderr.trim().split('\n').at(-1) ?? '';
    return `automodel ${words[0] ?? ''} ended with ${result.code ?? 'a signal'}: ${said}`;
  }
  writeFileSync(done, commands);
  return undefined;
}
