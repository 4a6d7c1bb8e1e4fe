// The grammar of the command line as plain data, read from the commander program: what completion
// scripts and docs/command-line.md are made of.
import type { Argument, Command, Option } from 'commander';

/** What a value is. */
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
}

const FOLDERS = /<(folder|dir)>/;
const FILES = /[<[](file|path|checkpoint|scope)[>\]]/;

function optionFacts(option: Option): OptionFacts {
  const kind: ValueKind =
    option.argChoices !== undefined
      ? 'choice'
      : option.isBoolean() || option.negate
        ? 'none'
        : FOLDERS.test(option.flags)
          ? 'folder'
          : FILES.test(option.flags)
            ? 'file'
            : 'other';
  const { defaultValue } = option as { defaultValue?: unknown };
  return {
    long: option.long ?? '',
    short: option.short,
    flags: option.flags,
    description: option.description,
    kind,
    choices: option.argChoices ?? [],
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
  return /recipe|file/.test(argument.name())
    ? 'file'
    : /folder|model|dir/.test(argument.name())
      ? 'folder'
      : 'other';
}

/** Commands in the order of `--help`, without `help` itself. */
export function describeGrammar(program: Command): CommandFacts[] {
  return program.commands.map((command) => {
    const [argument] = command.registeredArguments;
    return {
      name: command.name(),
      description: command.description(),
      usage: command.usage().replace(/^\[options\] ?/, ''),
      group: command.helpGroup().replace(/:$/, ''),
      options: command.options.map(optionFacts),
      argument: argumentKind(argument),
      argumentChoices: argument?.argChoices ?? [],
    };
  });
}
