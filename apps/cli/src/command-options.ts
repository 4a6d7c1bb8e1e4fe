// The options that several commands share, each written once, and the two shapes of commands: plain
// ones, and those over a recipe.
import { Option, type Command } from 'commander';
import { collect, columnPair, wholeNumber } from './option-values.js';

/** A command with the options that every command has. */
export function command(
  program: Command,
  name: string,
  description: string,
  { isDefault = false } = {},
): Command {
  return program
    .command(name, { isDefault })
    .description(description)
    .option('--json', 'print the result as JSON')
    .option('--debug', 'show stack traces')
    .option('--plugin <path>', 'load a plugin from a file (repeatable)', collect);
}

export const withBackend = (target: Command): Command =>
  target
    .option('--backend <name>', 'backend to compute on', 'cpu')
    .option('--threads <n>', 'CPU threads (default: one per core)', wholeNumber(1));

export const withGraph = (target: Command): Command =>
  target.option(
    '--graph <file>',
    'run a recorded forward pass (graph.json) instead of a model package',
  );

export const withAdapter = (target: Command): Command =>
  target.option('--adapter <dir>', 'PEFT adapter on top of the model: folder or hub id');

export const withColumns = (target: Command): Command =>
  target.option(
    '--columns <question,answer>',
    'columns of the data that hold question and answer, where their names do not say so',
    columnPair,
  );

export const withFusion = (target: Command): Command =>
  target.option(
    '--no-fuse',
    'leave the structure of recorded graphs and chains of elementwise operations as they are',
  );

export const dtypeOption = (): Option =>
  new Option('--dtype <dtype>', 'how to compute (default: as the weights are stored)').choices([
    'f32',
    'bf16',
  ]);

const recipeNote = `
Everything after RECIPE that is no option here overrides a key of the recipe: --optimizer.lr 1e-4, --step_scheduler.max_steps=100.`;

/**
 * A command over a recipe: a file or --model, --data and --output, then overrides, which are no
 * options here.
 */
export function recipeCommand(
  program: Command,
  name: string,
  description: string,
  isDefault = false,
): Command {
  return command(program, `${name} [recipe-and-overrides...]`, description, { isDefault })
    .option('--model <folder>', 'model folder or hub id')
    .option('--data <file>', 'examples: JSON lines, CSV, Parquet, text; file, folder or hub id')
    .option('--output <folder>', 'where the fine-tuned model goes')
    .allowUnknownOption()
    .addHelpText('after', recipeNote);
}
