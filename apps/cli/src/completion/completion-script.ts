// Completion for shells, written from the grammar: commands, their options, the choices of values,
// and files where a value is one. The scripts need nothing but the shell.
import type { CommandFacts, OptionFacts, ValueKind } from './describe-grammar.js';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** The script that a shell loads. */
export function completionScript(shell: Shell, commands: readonly CommandFacts[]): string {
  switch (shell) {
    case 'bash':
      return bash(commands);
    case 'zsh':
      return zsh(commands);
    case 'fish':
      return fish(commands);
  }
}

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
const words = (texts: readonly string[]): string => quoted(texts.join(' '));
/**
 * Words for `compgen -W`, which splits at IFS: a line end, so that names of files may have spaces.
 */
const lines = (texts: readonly string[]): string =>
  `$'${texts.map((text) => text.replaceAll("'", "\\'")).join('\\n')}'`;
const namesOf = (option: OptionFacts): string[] => [
  option.long,
  ...(option.short === undefined ? [] : [option.short]),
];

function bashValue(kind: ValueKind, choices: readonly string[]): string {
  switch (kind) {
    case 'folder':
      return 'compopt -o dirnames 2>/dev/null; COMPREPLY=($(compgen -d -- "$current"))';
    case 'file':
      return 'compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$current"))';
    case 'choice':
      return `COMPREPLY=($(compgen -W ${lines(choices)} -- "$current"))`;
    case 'none':
    case 'other':
      return ':';
  }
}

/** One line of `case` for each option that takes a value. */
const bashOptions = (command: CommandFacts): string =>
  command.options
    .filter(({ kind }) => kind !== 'none')
    .map(
      (option) =>
        `        ${namesOf(option).join('|')}) ${bashValue(option.kind, option.choices)}; return ` +
        ';;',
    )
    .join('\n');

function bash(commands: readonly CommandFacts[]): string {
  const cases = commands
    .map(
      (command) => `    ${command.name})
      case "$previous" in
${bashOptions(command)}
      esac
      if [[ "$current" == -* ]]; then COMPREPLY=($(compgen -W ${lines([...command.options.map(({ long }) => long), '--help'])} -- "$current"))
      else ${bashValue(command.argument, command.argumentChoices)}; fi ;;`,
    )
    .join('\n');
  return `# Completion of automodel for bash. Made by: automodel completion bash
_automodel() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" command=""
  local IFS=$'\\n'
  COMPREPLY=()
  if (( COMP_CWORD > 1 )); then command="\${COMP_WORDS[1]}"; fi
  case "$command" in
${cases}
    help) COMPREPLY=($(compgen -W ${lines(commands.map(({ name }) => name))} -- "$current")) ;;
    "") if [[ "$current" == -* ]]; then COMPREPLY=($(compgen -W $'--help\\n--version' -- "$current"))
      else compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -W ${lines([...commands.map(({ name }) => name), 'help'])} -- "$current") $(compgen -f -X '!*.yaml' -- "$current") $(compgen -f -X '!*.yml' -- "$current")); fi ;;
    *) compopt -o filenames 2>/dev/null; COMPREPLY=($(compgen -f -- "$current")) ;;
  esac
}
complete -F _automodel automodel
`;
}

const zshText = (text: string): string => text.replaceAll("'", "'\\''").replace(/[[\]:]/g, '\\$&');

function zshValue(kind: ValueKind, choices: readonly string[]): string {
  switch (kind) {
    case 'none':
      return '';
    case 'folder':
      return ':folder:_files -/';
    case 'file':
      return ':file:_files';
    case 'choice':
      return `:value:(${choices.join(' ')})`;
    case 'other':
      return ':value: ';
  }
}

function zsh(commands: readonly CommandFacts[]): string {
  const cases = commands
    .map((command) => {
      const options = command.options.map(
        (option) =>
          `'${option.long}[${zshText(option.description)}]${zshValue(option.kind, option.choices)}'`,
      );
      const argument =
        command.argument === 'none'
          ? []
          : [`'*${zshValue(command.argument, command.argumentChoices)}'`];
      return (
        `    ${command.name}) _arguments ` +
        `${[...options, "'--help[show help]'", ...argument].join(' \\\n        ')} ;;`
      );
    })
    .join('\n');
  return `#compdef automodel
# Completion of automodel for zsh. Made by: automodel completion zsh
_automodel() {
  local -a commands
  commands=(
${commands.map(({ name, description }) => `    '${name}:${zshText(description)}'`).join('\n')}
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
  case "$command" in
${cases}
    help) _describe command commands ;;
    *) _files ;;
  esac
}
if [ "$funcstack[1]" = "_automodel" ]; then _automodel "$@"; else compdef _automodel automodel; fi
`;
}

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

function fish(commands: readonly CommandFacts[]): string {
  const text = (description: string): string =>
    `'${description.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  const entries = commands.flatMap((command) => {
    const within = `-n '__fish_seen_subcommand_from ${command.name}'`;
    const argument =
      command.argument === 'choice'
        ? [`complete -c automodel ${within} -x -a ${words(command.argumentChoices)}`]
        : command.argument === 'none'
          ? [`complete -c automodel ${within} -f`]
          : [];
    return [
      `complete -c automodel -n __fish_use_subcommand -a ${command.name} -d ` +
        `${text(command.description)}`,
      ...command.options.map(
        (option) =>
          `complete -c automodel ${within} -l ` +
          `${option.long.replace(/^--/, '')}${fishValue(option.kind, option.choices)} -d ` +
          `${text(option.description)}`,
      ),
      ...argument,
    ];
  });
  return (
    '# Completion of automodel for fish. Made by: automodel completion ' +
    `fish\n${entries.join('\n')}\n`
  );
}
