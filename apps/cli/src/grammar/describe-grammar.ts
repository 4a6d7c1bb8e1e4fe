// The grammar of the command line as plain data, read from commander's objects: what completion
// scripts and docs/command-line.md are made of.
import type { Argument, Command, Option } from 'commander';
import { takesOverrides } from './option.js';

/** What a value is; a folder may have words beside it, which are its choices. */
export type ValueKind = 'none' | 'file' | 'folder' | 'choice' | 'other';

export interface OptionFacts {
  /** With dashes. */
  readonly long: string;
  readonly short: string | undefined;
  /** As `--help` shows it: `--rows <n>`. */
  readonly flags: string;
  readonly description: string;
  readonly kind: ValueKind;
  readonly choices: readonly string[];
  readonly default: string | undefined;
  readonly required: boolean;
}

export interface CommandFacts {
  readonly name: string;
  readonly description: string;
  /** As `--help` shows it: `[folder]`. */
  readonly usage: string;
  readonly group: string;
  readonly options: readonly OptionFacts[];
  readonly argument: ValueKind;
  readonly argumentChoices: readonly string[];
  /** Keys of a recipe may follow as options. */
  readonly takesOverrides: boolean;
}

/** What stands for a checkpoint beside its name and its folder. */
export const CHECKPOINT_WORDS = ['auto', 'latest', 'best'] as const;

const CHECKPOINT = /<checkpoint>/;
const FOLDERS = /<(folder|dir|checkpoint)>/;
const FILES = /[<[](file|path|scope)[>\]]/;

function optionKind(option: Option): ValueKind {
  if (option.argChoices !== undefined) return 'choice';
  if (option.isBoolean() || option.negate) return 'none';
  if (FOLDERS.test(option.flags)) return 'folder';
  return FILES.test(option.flags) ? 'file' : 'other';
}

function optionFacts(option: Option): OptionFacts {
  const { defaultValue } = option as { defaultValue?: unknown };
  return {
    long: option.long ?? '',
    short: option.short,
    flags: option.flags,
    description: option.description,
    kind: optionKind(option),
    choices: option.argChoices ?? (CHECKPOINT.test(option.flags) ? CHECKPOINT_WORDS : []),
    default:
      defaultValue === undefined || typeof defaultValue === 'boolean'
        ? undefined
        : JSON.stringify(defaultValue),
    required: option.mandatory,
  };
}

function argumentKind(argument: Argument | undefined): ValueKind {
  if (argument === undefined) return 'none';
  if (argument.argChoices !== undefined) return 'choice';
  if (/recipe|file/.test(argument.name())) return 'file';
  return /folder|model|dir/.test(argument.name()) ? 'folder' : 'other';
}

/** Commands in the order of `--help`, without `help` itself. */
export function describeGrammar(commandLine: Command): CommandFacts[] {
  return commandLine.commands.map((command) => {
    const [argument] = command.registeredArguments;
    return {
      name: command.name(),
      description: command.description(),
      usage: command.usage().replace(/^\[options\] ?/, ''),
      group: command.helpGroup().replace(/:$/, ''),
      options: command.options.map(optionFacts),
      argument: argumentKind(argument),
      argumentChoices: argument?.argChoices ?? [],
      takesOverrides: takesOverrides(argument),
    };
  });
}
