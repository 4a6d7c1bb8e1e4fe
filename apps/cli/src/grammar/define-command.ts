// What a command is: its name, its help, its options and what it does, declared in one file of
// `commands/`. From that come commander's grammar, `--help`, completion and docs/command-line.md.
import type { Command } from 'commander';
import type { CommandContext } from '../cli-context.js';
import { recipeWords, type ArgumentSpec, type OptionSpecs, type OptionsOf } from './option.js';
import { commonOptions, type CommonOptions } from './shared-options.js';

/** Headings of `automodel --help`. */
export type CommandGroup =
  'Getting started' | 'Training' | 'Using a model' | 'Taking it elsewhere' | 'Looking closer';

/** What the command gets: its own options and those of every command. */
export type CommandOptions<Specs extends OptionSpecs> = OptionsOf<Specs> & CommonOptions;

export interface CommandSpec<Specs extends OptionSpecs, Value> {
  readonly name: string;
  /** Lower case, no full stop. */
  readonly description: string;
  readonly group: CommandGroup;
  /** Each a command line, without `automodel`. */
  readonly examples: readonly string[];
  /** What a reader has to know besides the options. */
  readonly note?: string;
  /** It runs where no command is named. */
  readonly isDefault?: true;
  readonly argument?: ArgumentSpec<Value>;
  readonly options: Specs;
  /** Returns the exit code. */
  run(context: CommandContext, options: CommandOptions<Specs>, argument: Value): Promise<number>;
}

/** A command that can be added to a command line. */
export interface CliCommand {
  /** Adds the command to `parent`, with its options and help. */
  declare(parent: Command): Command;
  /** Runs with what commander read into `declared`; returns the exit code. */
  run(context: CommandContext, declared: Command): Promise<number>;
}

const RECIPE_NOTE = `
Everything after RECIPE that is not an option above overrides a key of the recipe:
--optimizer.lr 1e-4, --step_scheduler.max_steps=100.`;

const commandLine = (example: string): string =>
  example.includes('| automodel') ? `  ${example}` : `  automodel ${example}`;

export function defineCommand<Specs extends OptionSpecs, Value = undefined>(
  spec: CommandSpec<Specs, Value>,
): CliCommand {
  const { name, description, group, examples, note, isDefault = false, argument } = spec;
  const specs = { ...commonOptions, ...spec.options };
  return {
    declare(parent) {
      const command = parent.command(name, { isDefault }).description(description);
      if (argument !== undefined) command.addArgument(argument.grammar);
      for (const { grammar } of Object.values(specs)) command.addOption(grammar);
      if (argument?.grammar === recipeWords.grammar)
        command.allowUnknownOption().addHelpText('after', RECIPE_NOTE);
      if (note !== undefined) command.addHelpText('after', `\n${note}`);
      const lines = examples.map(commandLine).join('\n');
      return command.helpGroup(`${group}:`).addHelpText('after', `\nExamples:\n${lines}`);
    },
    run(context, declared) {
      const read = declared.opts();
      const entries = Object.entries(specs).flatMap(([key, { grammar }]) => {
        const value: unknown = read[grammar.attributeName()];
        return value === undefined ? [] : [[key, value] as const];
      });
      const options = Object.fromEntries(entries) as CommandOptions<Specs>;
      return spec.run(context, options, declared.processedArgs[0] as Value);
    },
  };
}
