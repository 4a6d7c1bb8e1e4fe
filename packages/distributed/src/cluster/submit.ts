// Hands a script or a manifest to the program of the cluster that takes it, on its stdin.
import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';
import { AutomodelError } from '@automodel/core';

/** A program, its arguments, and the system whose tools it belongs to. */
export interface SubmitProgram {
  readonly program: string;
  readonly words: readonly string[];
  readonly system: string;
}

/** `sbatch` reads a script from stdin. */
export const SBATCH: SubmitProgram = { program: 'sbatch', words: [], system: 'Slurm' };
/** As does `kubectl`, a manifest. */
export const KUBECTL: SubmitProgram = {
  program: 'kubectl',
  words: ['apply', '-f', '-'],
  system: 'Kubernetes',
};

export interface SubmitOptions {
  readonly directory: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/**
 * Returns what the program answered. Errors: `unsupported` where it is not installed, `io` with
 * what it said where it refuses.
 */
export async function submit(
  { program, words, system }: SubmitProgram,
  input: string,
  { directory, environment }: SubmitOptions,
): Promise<string> {
  const child = spawn(program, words, { cwd: directory, env: environment, stdio: 'pipe' });
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
  child.stdin.on('error', () => undefined); // it may refuse before it has read everything
  child.stdin.end(input);
  const [code, answer, complaint] = await Promise.all([
    ended,
    text(child.stdout),
    text(child.stderr),
  ]).catch((cause: unknown) => {
    throw new AutomodelError('unsupported', `${program} cannot be started on this machine`, {
      hint:
        `run this where the tools of ${system} are installed, or leave --submit out and take ` +
        'the text there',
      cause,
    });
  });
  if (code === 0) return answer;
  const said = (complaint.trim() || answer.trim()).split('\n').join('; ');
  throw new AutomodelError('io', `${[program, ...words].join(' ')} refused the job: ${said}`);
}
