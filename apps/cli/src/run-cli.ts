// The command line as a function: arguments in, exit code out, everything a user sees on the given streams. It never exits and handles no signals; `main.ts` does.
import { CommanderError } from 'commander';
import type { CliContext } from './cli-context.js';
import { describeError, EXIT, exitCodeOf } from './exit-code.js';
import { createProgram } from './program.js';

/** Runs `automodel <argv>`; `argv` without node and script. Never throws. */
export async function runCli(argv: readonly string[], context: CliContext): Promise<number> {
  let exitCode: number = EXIT.done;
  const program = createProgram(context, (code) => (exitCode = code));
  try {
    await program.parseAsync(argv, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usersMistake; // it has written its message
    context.streams.err.write(`${describeError(error, argv.includes('--debug'))}\n`);
    return exitCodeOf(error);
  }
}
