// Completion for zsh: the commands described, and `_arguments` for the options of each.
import type { CommandFacts, ValueKind } from '../grammar/describe-grammar.js';
import type { RecipeKey } from './recipe-keys.js';

const zshText = (text: string): string => text.replaceAll("'", "'\\''").replace(/[[\]:]/g, '\\$&');

function zshValue(kind: ValueKind, choices: readonly string[]): string {
  switch (kind) {
    case 'none':
      return '';
    case 'folder':
      return choices.length === 0
        ? ':folder:_files -/'
        : `:folder: _automodel_folder ${choices.join(' ')}`;
    case 'file':
      return ':file:_files';
    case 'choice':
      return `:value:(${choices.join(' ')})`;
    case 'other':
      return ':value: ';
  }
}

const zshOption = ({ long, description, kind, choices }: RecipeKey): string =>
  `'${long}${kind === 'none' ? '' : '='}[${zshText(description)}]${zshValue(kind, choices)}'`;

const isDefault = ({ name }: CommandFacts): boolean => name === 'finetune';

function zshCommand(command: CommandFacts): string {
  const { name, options, argument, argumentChoices, takesOverrides } = command;
  const words = options.map(zshOption);
  words.push("'--help[show help]'");
  if (takesOverrides) words.push('$keys');
  if (argument !== 'none') words.push(`'*${zshValue(argument, argumentChoices)}'`);
  // a recipe without a command is finetune's
  const pattern = isDefault(command) ? '*' : name;
  return `    ${pattern}) _arguments ${words.join(' \\\n        ')} ;;`;
}

/** The script that zsh loads. */
export function zshScript(commands: readonly CommandFacts[], keys: readonly RecipeKey[]): string {
  const described = commands.map(
    ({ name, description }) => `    '${name}:${zshText(description)}'`,
  );
  const inOrder = [...commands.filter((each) => !isDefault(each)), ...commands.filter(isDefault)];
  return `#compdef automodel
# Completion of automodel for zsh. Made by: automodel completion zsh
_automodel_folder() {
  _alternative "words:word:($*)" 'folders:folder:_files -/'
}
_automodel() {
  local -a commands
  commands=(
${described.join('\n')}
    'help:show help'
  )
  if (( CURRENT == 2 )); then
    _describe command commands
    _files -g '*.y(a|)ml'
    return
  fi
  local command="$words[2]"
  shift words
  (( CURRENT-- ))
  local -a keys
  keys=(
${keys.map((key) => `    ${zshOption(key)}`).join('\n')}
  )
  case "$command" in
    help) _describe command commands ;;
${inOrder.map(zshCommand).join('\n')}
  esac
}
if [ "$funcstack[1]" = "_automodel" ]; then _automodel "$@"; else compdef _automodel automodel; fi
`;
}
