// The command that a user typed, for the lines that say what to type next: with everything that was
// given, so that it can be pasted.
import { shellWord } from '@automodel/core';
import type { RecipeOptions } from './recipe-options.js';

/** Options that a command which takes a recipe may have been given. */
export interface TypedOptions extends RecipeOptions {
  readonly fuse?: boolean | undefined;
  readonly nprocPerNode?: number | undefined;
}

const RESTORE = '--checkpoint.restore_from';
const isRestore = (word: string): boolean => word === RESTORE || word.startsWith(`${RESTORE}=`);

/**
 * `npx automodel NAME` with the words and options that were given. `resume` is left out: the caller
 * says where to continue from.
 */
export function typedCommand(
  name: string,
  words: readonly string[],
  { model, data, output, graph, nprocPerNode, fuse = true, plugin = [] }: TypedOptions,
): string {
  const kept = words.filter((word, i) => !isRestore(word) && words[i - 1] !== RESTORE);
  const given = Object.entries({ model, data, output, graph }).flatMap(([option, value]) =>
    value === undefined ? [] : [`--${option}`, value],
  );
  const ranks = nprocPerNode === undefined ? [] : ['--nproc-per-node', String(nprocPerNode)];
  const plugins = plugin.flatMap((path) => ['--plugin', path]);
  return [
    `npx automodel ${name}`,
    ...[...kept, ...given, ...ranks, ...plugins, ...(fuse ? [] : ['--no-fuse'])].map(shellWord),
  ].join(' ');
}
