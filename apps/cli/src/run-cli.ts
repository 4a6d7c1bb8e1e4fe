// The command line as a function: arguments in, exit code out, everything a user sees on the given
// streams. It never exits and handles no signals; `main.ts` does.
import { CommanderError } from 'commander';
import { writeJson, type CliContext } from './cli-context.js';
import { EXIT } from './exit-code.js';
import { createCommandLine } from './command-line.js';

/**
 * Runs `automodel <argv>`; `argv` without node and script. Never throws. With `--json` an error is
 * also an object on stdout: `{"error": {code, message, location, hint}}`.
 */
export async function runCli(argv: readonly string[], context: CliContext): Promise<number> {
  let exitCode: number = EXIT.done;
  const commandLine = createCommandLine(context, (code) => (exitCode = code));
  const json = argv.includes('--json');
  try {
    if (argv.length === 0) commandLine.outputHelp();
    else await commandLine.parseAsync(argv, { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) {
      // it has written its message
      if (error.exitCode === 0) return EXIT.done;
      if (json)
        writeJson(context, {
          error: { code: 'bad-argument', message: error.message.replace(/^error: /, '') },
        });
      return EXIT.usersMistake;
    }
    const { describeError, errorObject, exitCodeOf } = await import('./describe-error.js');
    if (json) writeJson(context, { error: errorObject(error) });
    const [text, code] = [describeError(error, argv.includes('--debug')), exitCodeOf(error)];
    if (context.showError === undefined) context.streams.err.write(`${text}\n`);
    else await context.showError({ error, text, code });
    return code;
  }
}
