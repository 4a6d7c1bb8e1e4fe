// Paths as the user wrote them: a run works with absolute paths, and what is printed for a person
// names relative ones where relative ones were given.
import { isAbsolute, resolve } from 'node:path';

/** Replaces absolute paths in a text. */
export type AsWritten = (text: string) => string;

/**
 * Puts each of `written` in place of the absolute path that it stands for, longest first. Paths
 * that were given absolute stay, and so do ids of the hub.
 */
export function asWritten(
  written: readonly (string | undefined)[],
  workingDirectory: string,
): AsWritten {
  const pairs = [...new Set(written)]
    .flatMap((path) =>
      path === undefined || path === '' || isAbsolute(path)
        ? []
        : [[resolve(workingDirectory, path), path.replace(/[\\/]+$/, '')] as const],
    )
    .sort(([a], [b]) => b.length - a.length);
  return (text) =>
    pairs.reduce((shown, [absolute, relative]) => shown.replaceAll(absolute, relative), text);
}

/** The paths that a recipe names. */
export function pathsOf(recipe: {
  readonly model: { readonly pretrained_model_name_or_path?: string | undefined };
  readonly checkpoint: { readonly checkpoint_dir: string };
  readonly dataset: { readonly path_or_dataset_id?: string | readonly string[] };
}): readonly (string | undefined)[] {
  const { model, checkpoint, dataset } = recipe;
  return [
    checkpoint.checkpoint_dir,
    model.pretrained_model_name_or_path,
    ...[dataset.path_or_dataset_id ?? []].flat(),
  ];
}
