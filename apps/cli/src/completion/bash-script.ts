// Completion for bash: one `case` for each command, with a line for each option that takes a value.
import type { CommandFacts, OptionFacts, ValueKind } from '../grammar/describe-grammar.js';
import type { RecipeKey } from './recipe-keys.js';

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

/** Offers folders, and words beside them. */
const folders = (words: readonly string[]): string =>
  [
    words.length === 0 ? 'compopt -o dirnames 2>/dev/null' : FILES,
    'COMPREPLY=($(compgen -d -- "$current"))',
    ...(words.length === 0 ? [] : [`COMPREPLY+=($(compgen -W ${lines(words)} -- "$current"))`]),
  ].join('; ');

function bashValue(kind: ValueKind, choices: readonly string[]): string {
  switch (kind) {
    case 'folder':
      return folders(choices);
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
${command.takesOverrides ? OVERRIDES : ''}\
      if [[ "$current" == -* ]]; then
        ${offer([...command.options.map(({ long }) => long), '--help'])}
${command.takesOverrides ? SECTIONS : ''}\
      else
        ${bashValue(command.argument, command.argumentChoices)}
      fi ;;`;

/** Keys of a recipe and their values, after the command's own options. */
const OVERRIDES = `\
      if _automodel_value "$previous"; then return; fi
      if [[ "$current" == --*.* ]]; then
        COMPREPLY=($(compgen -W "$_automodel_keys" -- "$current"))
        return
      fi
`;

/** Sections are offered with their dot and without a space, so that a key can follow. */
const SECTIONS = `\
        COMPREPLY+=($(compgen -W "$_automodel_sections" -- "$current"))
        if [[ "\${COMPREPLY[*]}" == *. ]]; then compopt -o nospace 2>/dev/null; fi
`;

function bashKeys(keys: readonly RecipeKey[]): string {
  const names = keys.map(({ long }) => long);
  const sections = [...new Set(names.map((name) => name.replace(/\..*$/, '.')))];
  const values = keys
    .filter(({ kind }) => kind !== 'other')
    .map(({ long, kind, choices }) => `    ${long}) ${bashValue(kind, choices)} ;;`);
  return `\
_automodel_keys=${lines(names)}
_automodel_sections=${lines(sections)}
_automodel_value() {
  case "$1" in
${values.join('\n')}
    --*.*) ;;
    *) return 1 ;;
  esac
  return 0
}
`;
}

/** The script that bash loads. */
export function bashScript(commands: readonly CommandFacts[], keys: readonly RecipeKey[]): string {
  const names = commands.map(({ name }) => name);
  const ofDefault =
    commands.find(({ name }) => name === 'finetune')?.options.map(({ long }) => long) ?? [];
  return `# Completion of automodel for bash. Made by: automodel completion bash
${bashKeys(keys)}\
_automodel() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" command=""
  local IFS=$'\\n'
  COMPREPLY=()
  # bash splits --key=value at the sign
  if [[ "$current" == "=" ]]; then current=""; elif [[ "$previous" == "=" ]]; then
    previous="\${COMP_WORDS[COMP_CWORD-2]}"
  fi
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
    *)
${OVERRIDES}\
      if [[ "$current" == -* ]]; then
        ${offer([...ofDefault, '--help'])}
${SECTIONS}\
      else
        ${FILES}; COMPREPLY=($(compgen -f -- "$current"))
      fi ;;
  esac
}
complete -F _automodel automodel
`;
}
