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
    pairs.reduce(
      (shown, [absolute, relative]) =>
        shown.replaceAll(absolute, (found, at: number) =>
          isWholePath(shown, at, found.length) ? relative : found,
        ),
      text,
    );
}

/** Whether a path begins at `at`, and the name that ends after `length` characters ends there. */
const isWholePath = (text: string, at: number, length: number): boolean =>
  !NAME.test(text.charAt(at - 1)) && !NAME.test(text.charAt(at + length));

/** Characters that go on with a name; a full stop may end a sentence instead. */
const NAME = /[\p{L}\p{N}_-]/u;

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
