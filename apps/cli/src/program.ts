// The commands and options of the command line, and nothing else: what each does is in its own file. Everything after a recipe that is no option here is an override of the recipe.
import { readFileSync } from 'node:fs';
import { Command, Option } from 'commander';
import type { CliContext } from './cli-context.js';
import { collect, number, wholeNumber } from './option-values.js';
import { evaluate, type EvaluateCommandOptions } from './commands/evaluate.js';
import { finetune, type FinetuneCommandOptions } from './commands/finetune.js';
import { generate, type GenerateCommandOptions } from './commands/generate.js';
import { verify, type VerifyCommandOptions } from './commands/verify.js';

/** Tells the caller how a command ended. */
export type Finish = (exitCode: number) => void;

const version = (): string => (JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as { version: string }).version;

/** Options that every command has. */
function command(program: Command, name: string, description: string): Command {
  return program.command(name).description(description)
    .option('--json', 'print the result as JSON')
    .option('--debug', 'show stack traces')
    .option('--plugin <path>', 'load a plugin from a file (repeatable)', collect);
}

const withBackend = (target: Command): Command => target
  .option('--backend <name>', 'backend to compute on', 'cpu')
  .option('--threads <n>', 'CPU threads (default: one per core)', wholeNumber(1));

const dtypeOption = (): Option => new Option('--dtype <dtype>', 'how to compute (default: as the weights are stored)').choices(['f32', 'bf16']);

const recipeNote = `
Everything after RECIPE that is no option here overrides a key of the recipe: --optimizer.lr 1e-4, --step_scheduler.max_steps=100.`;

function addFinetune(program: Command, context: CliContext, finish: Finish): void {
  program.command('finetune [recipe-and-overrides...]', { isDefault: true })
    .description('train as a recipe says; the recipe may be replaced by --model, --data and --output')
    .option('--model <folder>', 'model folder or hub id')
    .option('--data <file>', 'JSON lines: chat messages, prompt and completion, or text')
    .option('--output <folder>', 'where the fine-tuned model goes')
    .option('--json', 'print the result as JSON')
    .option('--debug', 'show stack traces')
    .option('--plugin <path>', 'load a plugin from a file (repeatable)', collect)
    .allowUnknownOption()
    .addHelpText('after', recipeNote)
    .action(async (words: readonly string[], options: FinetuneCommandOptions) => finish(await finetune(context, words, options)));
}

function addEvaluate(program: Command, context: CliContext, finish: Finish): void {
  withBackend(command(program, 'evaluate', 'loss, perplexity and exact match on a file of examples'))
    .requiredOption('--model <folder>', 'model folder or hub id')
    .requiredOption('--data <file>', 'JSON lines')
    .option('--limit <n>', 'only so many rows', wholeNumber(1))
    .option('--max-new-tokens <n>', 'most tokens of an answer', wholeNumber(1), 256)
    .option('--no-exact-match', 'only loss and perplexity')
    .option('--show <n>', 'show so many wrong answers', wholeNumber(0), 2)
    .addOption(dtypeOption())
    .action(async (options: EvaluateCommandOptions) => finish(await evaluate(context, options)));
}

function addGenerate(program: Command, context: CliContext, finish: Finish): void {
  withBackend(command(program, 'generate', 'generate text with a model'))
    .requiredOption('--model <folder>', 'model folder or hub id')
    .requiredOption('--prompt <text>', 'what to say to the model')
    .option('--system <text>', 'a system message before it')
    .option('--max-new-tokens <n>', 'most tokens to generate', wholeNumber(0), 256)
    .option('--temperature <t>', '0: always the likeliest token', number(0), 0)
    .option('--top-p <p>', 'draw among the likeliest tokens that together have this probability', number(0, 1), 1)
    .option('--top-k <k>', 'draw among so many likeliest tokens; 0: all', wholeNumber(0), 0)
    .option('--seed <n>', 'seed of the draws', wholeNumber(0), 0)
    .option('--raw', 'continue the prompt as it is: no chat template, only text on stdout')
    .addOption(dtypeOption())
    .action(async (options: GenerateCommandOptions) => finish(await generate(context, options)));
}

function addVerify(program: Command, context: CliContext, finish: Finish): void {
  withBackend(command(program, 'verify', 'compare a model with tensors that another implementation computed'))
    .argument('<folder>', 'model folder')
    .requiredOption('--reference <file>', 'safetensors file of expected tensors')
    .option('--adapter <dir>', 'PEFT adapter on top of the folder')
    .option('--dump <file>', 'write inputs and own values under the same names')
    .addOption(new Option('--precision <precision>', 'at bf16 only losses are compared').choices(['f32', 'bf16', 'bf16_pure']).default('f32'))
    .action(async (folder: string, options: VerifyCommandOptions) => finish(await verify(context, folder, options)));
}

/** The whole grammar, writing to the context's streams. */
export function createProgram(context: CliContext, finish: Finish): Command {
  const program = new Command('automodel')
    .description('Fine-tune any Hugging Face model from TypeScript')
    .version(version())
    .exitOverride()
    .configureOutput({ writeOut: (text) => context.streams.out.write(text), writeErr: (text) => context.streams.err.write(text), getOutHasColors: () => context.streams.color, getErrHasColors: () => context.streams.color })
    .showSuggestionAfterError();
  addFinetune(program, context, finish);
  addEvaluate(program, context, finish);
  addGenerate(program, context, finish);
  addVerify(program, context, finish);
  for (const sub of program.commands) sub.exitOverride().copyInheritedSettings(program);
  return program;
}
