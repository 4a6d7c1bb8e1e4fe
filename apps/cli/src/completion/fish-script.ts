// Completion for fish: one `complete` line for each command, option and argument.
import type { CommandFacts, ValueKind } from '../grammar/describe-grammar.js';

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

function fishCommand(command: CommandFacts): string[] {
  const within = `-n '__fish_seen_subcommand_from ${command.name}'`;
  const options = command.options.map(({ long, kind, choices, description }) => {
    const name = long.replace(/^--/, '');
    const value = `${fishValue(kind, choices)} ${described(description)}`;
    return `complete -c automodel ${within} -l ${name}${value}`;
  });
  return [
    `complete -c automodel -n __fish_use_subcommand -a ${command.name} ` +
      described(command.description),
    ...options,
    ...fishArgument(command, within),
  ];
}

/** The script that fish loads. */
export const fishScript = (commands: readonly CommandFacts[]): string => `\
# Completion of automodel for fish. Made by: automodel completion fish
${commands.flatMap(fishCommand).join('\n')}
`;
