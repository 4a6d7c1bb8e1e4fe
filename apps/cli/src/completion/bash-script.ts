// Completion for bash: one `case` for each command, with a line for each option that takes a value.
import type { CommandFacts, OptionFacts, ValueKind } from '../grammar/describe-grammar.js';

/**
 * Words for `compgen -W`, which splits at IFS: a line end, so that names of files may have spaces.
 */
const lines = (texts: readonly string[]): string =>
  `$'${texts.map((text) => text.replaceAll("'", "\\'")).join('\\n')}'`;
const namesOf = (option: OptionFacts): string[] => [
  option.long,
  ...(option.short === undefined ? [] : [option.short]),
];

const FILES = 'compopt -o filenames 2>/dev/null';

/** Offers `texts`. */
const offer = (texts: readonly string[]): string =>
  `COMPREPLY=($(compgen -W ${lines(texts)} -- "$current"))`;

function bashValue(kind: ValueKind, choices: readonly string[]): string {
  switch (kind) {
    case 'folder':
      return 'compopt -o dirnames 2>/dev/null; COMPREPLY=($(compgen -d -- "$current"))';
    case 'file':
      return `${FILES}; COMPREPLY=($(compgen -f -- "$current"))`;
    case 'choice':
      return offer(choices);
    case 'none':
    case 'other':
      return ':';
  }
}

/** One line of `case` for each option that takes a value. */
const bashOptions = (command: CommandFacts): string =>
  command.options
    .filter(({ kind }) => kind !== 'none')
    .map((option) => {
      const value = bashValue(option.kind, option.choices);
      return `        ${namesOf(option).join('|')}) ${value}; return ;;`;
    })
    .join('\n');

const bashCommand = (command: CommandFacts): string => `\
    ${command.name})
      case "$previous" in
${bashOptions(command)}
      esac
      if [[ "$current" == -* ]]; then
        ${offer([...command.options.map(({ long }) => long), '--help'])}
      else
        ${bashValue(command.argument, command.argumentChoices)}
      fi ;;`;

/** The script that bash loads. */
export function bashScript(commands: readonly CommandFacts[]): string {
  const names = commands.map(({ name }) => name);
  return `# Completion of automodel for bash. Made by: automodel completion bash
_automodel() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" command=""
  local IFS=$'\\n'
  COMPREPLY=()
  if (( COMP_CWORD > 1 )); then command="\${COMP_WORDS[1]}"; fi
  case "$command" in
${commands.map(bashCommand).join('\n')}
    help) ${offer(names)} ;;
    "")
      if [[ "$current" == -* ]]; then
        ${offer(['--help', '--version'])}
      else
        ${FILES}
        ${offer([...names, 'help'])}
        COMPREPLY+=($(compgen -f -X '!*.yaml' -- "$current"))
        COMPREPLY+=($(compgen -f -X '!*.yml' -- "$current"))
      fi ;;
    *) ${FILES}; COMPREPLY=($(compgen -f -- "$current")) ;;
  esac
}
complete -F _automodel automodel
`;
}
