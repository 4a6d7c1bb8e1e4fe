// Completion for fish: one `complete` line for each command, option and argument.
import type { CommandFacts, ValueKind } from '../grammar/describe-grammar.js';
import type { RecipeKey } from './recipe-keys.js';

const words = (texts: readonly string[]): string => `'${texts.join(' ').replaceAll("'", "'\\''")}'`;

function fishValue(kind: ValueKind, choices: readonly string[]): string {
  switch (kind) {
    case 'none':
      return '';
    case 'folder':
      return ` -x -a ${words(['(__fish_complete_directories)', ...choices])}`;
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

/** Where the options of a command are offered; those of finetune also where no command is named. */
const within = ({ name }: CommandFacts): string =>
  name === 'finetune' ? `-n '__automodel_recipe ${name}'` : seen(name);

function fishCommand(command: CommandFacts): string[] {
  const where = within(command);
  return [
    `complete -c automodel -n __fish_use_subcommand -a ${command.name} ` +
      described(command.description),
    ...command.options.map((option) => fishOption(option, where)),
    ...fishArgument(command, where),
  ];
}

/** The script that fish loads. */
export function fishScript(commands: readonly CommandFacts[], keys: readonly RecipeKey[]): string {
  const names = commands.map(({ name }) => name).join(' ');
  const withRecipe = commands.filter(({ takesOverrides }) => takesOverrides);
  const where = `-n '__automodel_recipe ${withRecipe.map(({ name }) => name).join(' ')}'`;
  return `\
# Completion of automodel for fish. Made by: automodel completion fish
function __automodel_recipe
    __fish_seen_subcommand_from $argv; and return 0
    # a recipe without a command is finetune's
    test (count (commandline -opc)) -gt 1; and not __fish_seen_subcommand_from ${names} help
end
${commands.flatMap(fishCommand).join('\n')}
complete -c automodel -n __fish_use_subcommand -a help -d 'show help'
complete -c automodel ${seen('help')} -x -a '${names}'
${keys.map((key) => fishOption(key, where)).join('\n')}
`;
}
