// The command line as a process, as users start it.
import { spawn, type ChildProcess } from 'node:child_process';
import { typed, type CliResult } from './cli-in.js';
import { repository } from './tiny-folder.js';

/** A command in a process of its own. */
export interface Child {
  readonly process: ChildProcess;
  readonly written: { out: string; err: string };
  readonly ended: Promise<CliResult>;
}

/** The real command line, from source. `onError`: hears all that it has written as errors. */
export function start(
  argv: readonly string[],
  onError: (text: string) => void = () => undefined,
  environment: Readonly<Record<string, string>> = {},
): Child {
  const child = spawn(
    process.execPath,
    typed`--import tsx --conditions=@automodel/source ${repository}apps/cli/src/main.ts ${argv}`,
    // in a group of its own, to which a test can send what a terminal sends to all processes
    { cwd: repository, env: { ...process.env, ...environment }, detached: true },
  );
  const written = { out: '', err: '' };
  child.stdout.on('data', (chunk) => (written.out += String(chunk)));
  child.stderr.on('data', (chunk) => onError((written.err += String(chunk))));
  return {
    process: child,
    written,
    ended: new Promise((resolve) =>
      child.on('exit', (code) => resolve({ code: code ?? -1, ...written })),
    ),
  };
}
