// A run in Weights & Biases: on a server, as files on disk (offline), or nowhere (disabled).
import { randomInt } from 'node:crypto';
import { hostname } from 'node:os';
import { resolve, join } from 'node:path';
import type { TrackedOutcome, TrackedRun, TrackedValues, Tracker } from '@automodel/contracts';
import { openOffline } from './offline-tracker.js';
import { WandbClient, type StreamFiles, type WandbRun } from './wandb-client.js';
import { closeHistory, EMPTY_HISTORY, extendHistory, type HistoryState } from './wandb-history.js';
import { wandbSettings } from './wandb-settings.js';

const EXIT_CODES: Readonly<Record<TrackedOutcome['status'], number>> = {
  finished: 0,
  failed: 1,
  stopped: 255,
};

const ID_LETTERS = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** Eight letters and digits, as W&B's client makes them. */
const newId = (): string =>
  Array.from({ length: 8 }, () => ID_LETTERS.charAt(randomInt(ID_LETTERS.length))).join('');

const DISABLED: Tracker = {
  location: undefined,
  log: async () => undefined,
  close: async () => undefined,
};

/** The run's settings and its environment, as W&B keeps them. */
export const configOf = ({
  settings,
  environment,
}: TrackedRun): Record<string, { readonly value: unknown }> =>
  Object.fromEntries(
    Object.entries({ ...settings, environment }).map(([key, value]) => [key, { value }]),
  );

class WandbTracker implements Tracker {
  readonly location: string;
  readonly #client: WandbClient;
  readonly #run: WandbRun;
  readonly #startedAt: Date;
  #state: HistoryState = EMPTY_HISTORY;

  constructor(client: WandbClient, run: WandbRun, startedAt: Date, baseUrl: string) {
    this.#client = client;
    this.#run = run;
    this.#startedAt = startedAt;
    const site = baseUrl.replace(/^https:\/\/api\.wandb\.ai$/, 'https://wandb.ai');
    const [entity, project] = [run.entity, run.project].map(encodeURIComponent);
    this.location = `${site}/${entity}/${project}/runs/${run.id}`;
  }

  async log(entries: readonly TrackedValues[]): Promise<void> {
    const { state, rows } = extendHistory(this.#state, entries, this.#startedAt);
    if (rows.length > 0) await this.#client.stream(this.#run, this.#files(state, rows));
    this.#state = state; // only what was sent: the same entries may come again after an error
  }

  async close({ status }: TrackedOutcome): Promise<void> {
    const { state, rows } = closeHistory(this.#state);
    await this.#client.stream(this.#run, this.#files(state, rows), {
      exitcode: EXIT_CODES[status],
    });
  }

  #files(state: HistoryState, rows: readonly object[]): StreamFiles {
    return {
      'wandb-history.jsonl': {
        offset: this.#state.written,
        content: rows.map((row) => JSON.stringify(row)),
      },
      'wandb-summary.json': { offset: 0, content: [JSON.stringify(state.summary)] },
    };
  }
}

/**
 * Options: project, entity, name, group, job_type, notes, tags, dir, mode, base_url. Errors: those
 * of the settings, `network`, `bad-config` with what the server says.
 */
export async function openWandb(
  options: Readonly<Record<string, unknown>>,
  run: TrackedRun,
): Promise<Tracker> {
  const settings = wandbSettings(options, run.variables);
  if (settings.mode === 'disabled') return DISABLED;
  const [id, config] = [newId(), configOf(run)];
  if (settings.mode === 'offline')
    return openOffline(
      settings.directory === undefined
        ? join(run.directory, 'wandb')
        : resolve(run.workingDirectory, settings.directory),
      id,
      config,
      run.startedAt,
    );
  const client = new WandbClient(settings, run.signal);
  const created = await client.createRun({
    name: id,
    displayName: settings.name ?? run.name,
    config: JSON.stringify(config),
    host: hostname(),
  });
  return new WandbTracker(client, created, run.startedAt, settings.baseUrl);
}
