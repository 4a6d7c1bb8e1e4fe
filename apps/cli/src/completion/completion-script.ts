// Completion for shells, written from the grammar and the schema of recipes: commands, their
// options, keys of a recipe, the choices of values, and files where a value is one. The scripts
// need nothing but the shell.
import type { CommandFacts } from '../grammar/describe-grammar.js';
import { bashScript } from './bash-script.js';
import { fishScript } from './fish-script.js';
import type { RecipeKey } from './recipe-keys.js';
import { zshScript } from './zsh-script.js';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** The script that a shell loads. */
export function completionScript(
  shell: Shell,
  commands: readonly CommandFacts[],
  keys: readonly RecipeKey[],
): string {
  switch (shell) {
    case 'bash':
      return bashScript(commands, keys);
    case 'zsh':
      return zshScript(commands, keys);
    case 'fish':
      return fishScript(commands, keys);
  }
}
