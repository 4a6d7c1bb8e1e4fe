// A run on disk instead of on a server: history, summary and config as JSON, under W&B's names. It
// is not the binary log of W&B's client, and `wandb sync` does not read it.
import { appendFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Tracker } from '@automodel/contracts';
import { closeHistory, EMPTY_HISTORY, extendHistory, type HistoryState } from './wandb-history.js';

const lines = (rows: readonly object[]): string =>
  rows.map((row) => `${JSON.stringify(row)}\n`).join('');

/**
 * Writes into a folder `offline-run-<date>_<time>-<id>` below `directory`. Errors: those of the
 * file system.
 */
export async function openOffline(
  directory: string,
  id: string,
  config: object,
  startedAt: Date,
): Promise<Tracker> {
  const stamp = startedAt.toISOString().slice(0, 19).replaceAll(/[-:]/g, '').replace('T', '_');
  const location = join(directory, `offline-run-${stamp}-${id}`);
  await mkdir(location, { recursive: true });
  await writeFile(join(location, 'config.json'), `${JSON.stringify(config, null, 2)}\n`);
  let state: HistoryState = EMPTY_HISTORY;
  const write = async (next: ReturnType<typeof closeHistory>): Promise<void> => {
    await appendFile(join(location, 'wandb-history.jsonl'), lines(next.rows));
    await writeFile(join(location, 'wandb-summary.json'), lines([next.state.summary]));
    state = next.state;
  };
  return {
    location,
    log: (entries) => write(extendHistory(state, entries, startedAt)),
    close: () => write(closeHistory(state)),
  };
}
