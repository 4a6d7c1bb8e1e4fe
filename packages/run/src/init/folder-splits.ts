// Which splits of a folder a recipe uses: `train` for training, and for what is measured the
// validation split, or the test split where there is no other.
import { openDataFiles, splitsOfFolder } from '@automodel/data';
import { spreadRows } from './spread-rows.js';

/** What is in a folder beside its training split. */
export interface FoundSplits {
  /** The split that can be held out, if it has rows. */
  readonly heldOut: string | undefined;
  /** Rows of it, at most `COUNTED`. */
  readonly count: number;
}

/** Undefined for anything but a folder with files of split train. Errors: those of reading rows. */
export async function folderSplits(
  data: string,
  workingDirectory: string,
): Promise<FoundSplits | undefined> {
  const names = await splitsOfFolder(data, workingDirectory);
  if (!names.has('train')) return undefined;
  for (const split of ['validation', 'test'].filter((name) => names.has(name))) {
    const { count } = await spreadRows(await openDataFiles(data, { workingDirectory, split }));
    if (count > 0) return { heldOut: split, count };
  }
  return { heldOut: undefined, count: 0 };
}
