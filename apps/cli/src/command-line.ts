// The table of commands, and the command line that they make. Everything after a recipe that is
// not an option of its command is an override of the recipe.
import { Command } from 'commander';
import type { CliContext } from './cli-context.js';
import { bench } from './commands/bench.js';
import { chat } from './commands/chat.js';
import { check } from './commands/check.js';
import { completion } from './commands/completion.js';
import { doctor } from './commands/doctor.js';
import { download } from './commands/download.js';
import { evaluate } from './commands/evaluate.js';
import { exportCommand } from './commands/export.js';
import { finetune } from './commands/finetune.js';
import { generate } from './commands/generate.js';
import { init } from './commands/init.js';
import { merge } from './commands/merge.js';
import { plan } from './commands/plan.js';
import { plugins } from './commands/plugins.js';
import { push } from './commands/push.js';
import { schema } from './commands/schema.js';
import { template } from './commands/template.js';
import { verify } from './commands/verify.js';
import type { CliCommand } from './grammar/define-command.js';
import { addCommandLineHelp } from './grammar/command-line-help.js';
import { packageVersion } from './version.js';

/** In the order of `--help`. */
const COMMANDS: readonly CliCommand[] = [
  init,
  finetune,
  check,
  plan,
  evaluate,
  chat,
  generate,
  merge,
  exportCommand,
  push,
  download,
  template,
  verify,
  bench,
  doctor,
  plugins,
  schema,
  completion,
];

/** Tells the caller how a command ended. */
export type Finish = (exitCode: number) => void;

/** The whole grammar, writing to the context's streams. */
export function createCommandLine(context: CliContext, finish: Finish): Command {
  const { streams } = context;
  const commandLine = new Command('automodel')
    .description('Fine-tune any Hugging Face model from TypeScript')
    .version(packageVersion())
    .exitOverride()
    .configureOutput({
      writeOut: (text) => streams.out.write(text),
      writeErr: (text) => streams.err.write(text),
      outputError: (text, write) => write(`${text.trimEnd().replaceAll('\n', ' ')}\n`),
      getOutHasColors: () => streams.color,
      getErrHasColors: () => streams.color,
    })
    .showSuggestionAfterError();
  for (const { declare, run } of COMMANDS) {
    const declared = declare(commandLine);
    declared.action(async () => finish(await run({ ...context, commandLine }, declared)));
  }
  addCommandLineHelp(commandLine);
  return commandLine;
}
