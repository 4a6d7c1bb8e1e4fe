// Runs the list with both commits, as many items at a time as the machine has processors, and
// compares what they leave. One verdict for each item and setting.
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { compareFolders } from './compare-folders.js';
import type { ListItem } from './list-item.js';
import type { Renames } from './renames.js';
import { runItem, type Setting, type Side } from './run-item.js';
import type { Verdict } from './verdict.js';

export interface ListedItem {
  readonly item: ListItem;
  readonly setting: Setting;
}

const pathOf = ({ item, setting }: ListedItem): string =>
  `${setting.instructionSet}/threads-${setting.threads}/${item.name}`;

async function verdictOf(
  listed: ListedItem,
  base: Side,
  head: Side,
  renames: Renames,
): Promise<Verdict> {
  const path = pathOf(listed);
  const { item, setting } = listed;
  const failure = await runItem(base, setting, item, path);
  if (failure !== undefined)
    return { path, differences: [`does not run with the base: ${failure}`] };
  const broken = await runItem(head, setting, item, path);
  if (broken !== undefined) return { path, differences: [`runs with the base only: ${broken}`] };
  const { differences, count } = compareFolders(
    join(base.folder, path),
    join(head.folder, path),
    renames,
  );
  if (count === 0) return { path, differences: ['nothing was written that can be compared'] };
  return { path, differences };
}

/** Tells each verdict as soon as it is there. */
export async function runList(
  list: readonly ListedItem[],
  base: Side,
  head: Side,
  renames: Renames,
  tell: (verdict: Verdict) => void,
): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    for (let listed = list[next++]; listed !== undefined; listed = list[next++])
      tell(await verdictOf(listed, base, head, renames));
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
}
