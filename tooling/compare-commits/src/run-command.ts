// Runs one program to its end and says how it went. Variables that change what `automodel` does are
// kept from it; those of npm and of compilers are not. What hangs is ended after half an hour.
import { spawn } from 'node:child_process';

const LONGEST_MILLISECONDS = 1_800_000;
const KEPT_BYTES = 2 ** 26;

export interface CommandResult {
  /** Exit code; null when a signal ended it. */
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandPlace {
  readonly cwd: string;
  readonly environment?: Readonly<Record<string, string>>;
}

const SETTINGS = /^(AUTOMODEL_|HF_|WANDB_|MLFLOW_|NODE_OPTIONS$|FORCE_COLOR$)/;

const withoutSettings = (variables: NodeJS.ProcessEnv): NodeJS.ProcessEnv =>
  Object.fromEntries(Object.entries(variables).filter(([name]) => !SETTINGS.test(name)));

/** Runs `command` with `words`. Errors: the program cannot be started. */
export function runCommand(
  command: string,
  words: readonly string[],
  { cwd, environment = {} }: CommandPlace,
): Promise<CommandResult> {
  const env = { ...withoutSettings(process.env), NO_COLOR: '1', ...environment };
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...words], {
      cwd,
      env,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: LONGEST_MILLISECONDS,
    });
    const texts = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr'] as const) {
      child[stream].setEncoding('utf8').on('data', (chunk: string) => {
        if (texts[stream].length < KEPT_BYTES) texts[stream] += chunk;
      });
    }
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, ...texts }));
  });
}

/** As `runCommand`, for what must succeed. Errors: another exit code, with the end of stderr. */
export async function mustRun(
  command: string,
  words: readonly string[],
  place: CommandPlace,
): Promise<string> {
  const { code, stdout, stderr } = await runCommand(command, words, place);
  if (code === 0) return stdout;
  const said = (stderr.trim() === '' ? stdout : stderr).trim().split('\n').slice(-5).join('\n');
  throw new Error(`${[command, ...words].join(' ')} in ${place.cwd} failed (${code}):\n${said}`);
}
