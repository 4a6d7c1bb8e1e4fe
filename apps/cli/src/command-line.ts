// The table of commands, and the command line that they make: a command's file is loaded when it
// runs, so that --version, --help and completion stay quick. Everything after a recipe that is
// not an option of its command is an override of the recipe.
import { Command } from 'commander';
import type { CliContext } from './cli-context.js';
import { bench } from './declarations/bench.js';
import { chat } from './declarations/chat.js';
import { check } from './declarations/check.js';
import { completion } from './declarations/completion.js';
import { doctor } from './declarations/doctor.js';
import { download } from './declarations/download.js';
import { evaluate } from './declarations/evaluate.js';
import { exportCommand } from './declarations/export.js';
import { finetune } from './declarations/finetune.js';
import { generate } from './declarations/generate.js';
import { init } from './declarations/init.js';
import { launch } from './declarations/launch.js';
import { merge } from './declarations/merge.js';
import { plan } from './declarations/plan.js';
import { plugins } from './declarations/plugins.js';
import { push } from './declarations/push.js';
import { schema } from './declarations/schema.js';
import { template } from './declarations/template.js';
import { verify } from './declarations/verify.js';
import { watch } from './declarations/watch.js';
import { defineCommand, type CliCommand } from './grammar/define-command.js';
import { addCommandLineHelp } from './grammar/command-line-help.js';
import { packageVersion } from './version.js';

/** In the order of `--help`. */
const COMMANDS: readonly CliCommand[] = [
  defineCommand(init, () => import('./commands/init.js')),
  defineCommand(finetune, () => import('./commands/finetune.js')),
  defineCommand(launch, () => import('./commands/launch.js')),
  defineCommand(watch, () => import('./commands/watch.js')),
  defineCommand(check, () => import('./commands/check.js')),
  defineCommand(plan, () => import('./commands/plan.js')),
  defineCommand(evaluate, () => import('./commands/evaluate.js')),
  defineCommand(chat, () => import('./commands/chat.js')),
  defineCommand(generate, () => import('./commands/generate.js')),
  defineCommand(merge, () => import('./commands/merge.js')),
  defineCommand(exportCommand, () => import('./commands/export.js')),
  defineCommand(push, () => import('./commands/push.js')),
  defineCommand(download, () => import('./commands/download.js')),
  defineCommand(template, () => import('./commands/template.js')),
  defineCommand(verify, () => import('./commands/verify.js')),
  defineCommand(bench, () => import('./commands/bench.js')),
  defineCommand(doctor, () => import('./commands/doctor.js')),
  defineCommand(plugins, () => import('./commands/plugins.js')),
  defineCommand(schema, () => import('./commands/schema.js')),
  defineCommand(completion, () => import('./commands/completion.js')),
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
