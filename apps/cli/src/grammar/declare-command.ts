// What a command takes, as data: its name, its help, its options. From that come commander's
// grammar, `--help`, completion and docs/command-line.md. Nothing here loads what a command needs
// to do its work.
import type { CommandContext } from '../cli-context.js';
import type { ArgumentSpec, OptionSpecs, OptionsOf } from './option.js';
import type { CommonOptions } from './shared-options.js';

/** Headings of `automodel --help`. */
export type CommandGroup =
  'Getting started' | 'Training' | 'Using a model' | 'Taking it elsewhere' | 'Looking closer';

/** What the command gets: its own options and those of every command. */
export type CommandOptions<Specs extends OptionSpecs> = OptionsOf<Specs> & CommonOptions;

/** Does the work of a command; returns the exit code. */
export type RunCommand<Specs extends OptionSpecs, Value> = (
  context: CommandContext,
  options: CommandOptions<Specs>,
  argument: Value,
) => Promise<number>;

export interface CommandDeclaration<Specs extends OptionSpecs, Value> {
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
}

/** Checks that the options are of a form that the command's work can be typed by. */
export const declareCommand = <Specs extends OptionSpecs, Value = undefined>(
  declaration: CommandDeclaration<Specs, Value>,
): CommandDeclaration<Specs, Value> => declaration;
