// Options and arguments as data. Each is declared once: commander's grammar, `--help` and the type
// of what a command gets all come from that declaration.
import { Argument, Option } from 'commander';

/** Something typed after a command. `Value` includes undefined where it may be left out. */
interface Declared<Value, Grammar> {
  readonly grammar: Grammar;
  /** Never set: it carries the type of the value. */
  readonly value?: Value;
}

export type OptionSpec<Value = unknown> = Declared<Value, Option>;
export type ArgumentSpec<Value = unknown> = Declared<Value, Argument>;

/** The options of a command, by the names that its code uses. */
export type OptionSpecs = Readonly<Record<string, OptionSpec>>;

type ValueOf<Spec> = Spec extends Declared<infer Value, unknown> ? Value : never;
type Given<Specs> = {
  [Name in keyof Specs]-?: undefined extends ValueOf<Specs[Name]> ? never : Name;
}[keyof Specs];

/** What commander read, by the names of `Specs`; options that may be left out are optional. */
export type OptionsOf<Specs extends OptionSpecs> = {
  readonly [Name in Given<Specs>]: ValueOf<Specs[Name]>;
} & {
  readonly [Name in Exclude<keyof Specs, Given<Specs>>]?: Exclude<ValueOf<Specs[Name]>, undefined>;
};

/** Reads a value. Errors: commander's `InvalidArgumentError`. */
export type ReadValue<Value> = (text: string) => Value;

/** `--json`. */
export const flag = (flags: string, description: string): OptionSpec<boolean | undefined> => ({
  grammar: new Option(flags, description),
});

/** `--no-fuse`, under the name `fuse`: true unless it is given. */
export const negation = (flags: string, description: string): OptionSpec<boolean> => ({
  grammar: new Option(flags, description),
});

/** `--html <file>`. */
export const text = (flags: string, description: string): OptionSpec<string | undefined> => ({
  grammar: new Option(flags, description),
});

/** `--recipe <file>`, with the value where it is left out. */
export const textOr = (flags: string, description: string, preset: string): OptionSpec<string> => ({
  grammar: new Option(flags, description).default(preset),
});

/** `--model <folder>`, which has to be given. */
export const requiredText = (flags: string, description: string): OptionSpec<string> => ({
  grammar: new Option(flags, description).makeOptionMandatory(),
});

/** `--graph [file]`: `true` without a value. */
export const flagOrText = (
  flags: string,
  description: string,
): OptionSpec<string | true | undefined> => ({ grammar: new Option(flags, description) });

/** `--plugin <path>`, which may be given more than once. */
export const texts = (
  flags: string,
  description: string,
): OptionSpec<readonly string[] | undefined> => ({
  grammar: new Option(flags, description).argParser<readonly string[]>((value, before = []) => [
    ...before,
    value,
  ]),
});

/** `--rows <n>`, read by `read`. */
export const value = <Value>(
  flags: string,
  description: string,
  read: ReadValue<Value>,
): OptionSpec<Value | undefined> => ({ grammar: new Option(flags, description).argParser(read) });

/** The same, with the value where it is left out. */
export const valueOr = <Value>(
  flags: string,
  description: string,
  read: ReadValue<Value>,
  preset: Value,
): OptionSpec<Value> => ({
  grammar: new Option(flags, description).argParser(read).default(preset),
});

/** `--dtype <dtype>`: one of `choices`. */
export const choice = <Choice extends string>(
  flags: string,
  description: string,
  choices: readonly Choice[],
): OptionSpec<Choice | undefined> => ({
  grammar: new Option(flags, description).choices(choices),
});

/** The same, with the value where it is left out. */
export const choiceOr = <Choice extends string>(
  flags: string,
  description: string,
  choices: readonly Choice[],
  preset: NoInfer<Choice>,
): OptionSpec<Choice> => ({
  grammar: new Option(flags, description).choices(choices).default(preset),
});

/** `<model>`, which has to be given. */
export const argument = (name: string, description: string): ArgumentSpec<string> => ({
  grammar: new Argument(name, description),
});

/** `[folder]`. */
export const optionalArgument = (
  name: string,
  description: string,
): ArgumentSpec<string | undefined> => ({ grammar: new Argument(name, description) });

/** `<shell>`: one of `choices`. */
export const argumentChoice = <Choice extends string>(
  name: string,
  description: string,
  choices: readonly Choice[],
): ArgumentSpec<Choice> => ({ grammar: new Argument(name, description).choices(choices) });

/** A recipe and its overrides, which are not options of the command. */
export const recipeWords: ArgumentSpec<readonly string[]> = {
  grammar: new Argument('[recipe-and-overrides...]'),
};

/** The same behind a first word. */
export const recipeWordsAfter = (word: string): ArgumentSpec<readonly string[]> => ({
  grammar: new Argument(`<${word}-recipe-and-overrides...>`),
});

/** Whether keys of a recipe may follow as options. */
export const takesOverrides = (argument: Argument | undefined): boolean =>
  argument?.name().endsWith('recipe-and-overrides') === true;
