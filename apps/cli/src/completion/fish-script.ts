// Completion for fish: one `complete` line for each command, option and argument.
import type { CommandFacts, ValueKind } from '../grammar/describe-grammar.js';
import type { RecipeKey } from './recipe-keys.js';

const words = (texts: readonly string[]): string => `'${texts.join(' ').replaceAll("'", "'\\''")}'`;

function fishValue(kind: ValueKind, choices: readonly string[]): string {
  switch (kind) {
    case 'none':
      return '';
    case 'folder':
      return " -x -a '(__fish_complete_directories)'";
    case 'file':
      return ' -r -F';
    case 'choice':
      return ` -x -a ${words(choices)}`;
    case 'other':
      return ' -x';
  }
}

function fishArgument({ argument, argumentChoices }: CommandFacts, within: string): string[] {
  switch (argument) {
    case 'choice':
      return [`complete -c automodel ${within} -x -a ${words(argumentChoices)}`];
    case 'none':
      return [`complete -c automodel ${within} -f`];
    default:
      return [];
  }
}

const described = (description: string): string =>
  `-d '${description.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

const fishOption = ({ long, kind, choices, description }: RecipeKey, within: string): string => {
  const value = `${fishValue(kind, choices)} ${described(description)}`;
  return `complete -c automodel ${within} -l ${long.replace(/^--/, '')}${value}`;
};

const seen = (...names: readonly string[]): string =>
  `-n '__fish_seen_subcommand_from ${names.join(' ')}'`;

function fishCommand(command: CommandFacts): string[] {
  const within = seen(command.name);
  const options = command.options.map((option) => fishOption(option, within));
  return [
    `complete -c automodel -n __fish_use_subcommand -a ${command.name} ` +
      described(command.description),
    ...options,
    ...fishArgument(command, within),
  ];
}

/** The script that fish loads. */
export function fishScript(commands: readonly CommandFacts[], keys: readonly RecipeKey[]): string {
  const within = seen(
    ...commands.filter(({ takesOverrides }) => takesOverrides).map(({ name }) => name),
  );
  return `\
# Completion of automodel for fish. Made by: automodel completion fish
${commands.flatMap(fishCommand).join('\n')}
${keys.map((key) => fishOption(key, within)).join('\n')}
`;
}
