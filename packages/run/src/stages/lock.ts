// Stage: locks the run's folder, so that nobody else writes into it and what is found there stays
// as it is. A run that starts by itself (`restore_from: auto`) waits until the lock of a dead one
// has run out, and says so.
import { setTimeout as sleep } from 'node:timers/promises';
import { firstDoes } from '@automodel/checkpoint';
import type { Stop } from '@automodel/train';
import { checkWritable } from '../check/check-output.js';
import { startsByItself } from '../checkpoints/start.js';
import type { WaitingEvent } from '../events/run-events.js';
import { heldError, type Holder } from '../folder/run-lock.js';
import type { OpenedRun } from '../open/opened-run.js';

/** How often a folder that somebody else holds is looked at. */
const LOOK_MILLISECONDS = 500;
/** A holder that still shows signs of life after this long is not a dead one's lock running out. */
const PATIENCE_SECONDS = 60;

/**
 * The first process locks for all. Errors: `conflict` if another run writes there, `aborted`; those
 * of `checkWritable`.
 */
export async function* lock(
  run: Pick<OpenedRun, 'output' | 'recipe' | 'host'>,
  stop: Stop,
): AsyncGenerator<WaitingEvent, void, undefined> {
  let refused: Error | undefined;
  if (run.host.rank === 0)
    try {
      yield* lockAlone(run, stop);
    } catch (cause) {
      refused = cause as Error;
    }
  await firstDoes(run.host, () =>
    refused === undefined ? Promise.resolve() : Promise.reject(refused),
  );
}

async function* lockAlone(
  { output, recipe }: Pick<OpenedRun, 'output' | 'recipe'>,
  stop: Stop,
): AsyncGenerator<WaitingEvent, void, undefined> {
  const waits = startsByItself(recipe);
  const began = performance.now();
  await checkWritable(output.path);
  for (let said = false; ; said = true) {
    const holder = await output.lock();
    if (holder === undefined) return;
    const waited = (performance.now() - began) / 1000;
    if (!waits || holder.freeIn === undefined || waited > PATIENCE_SECONDS) throw heldError(holder);
    if (!said) yield waitingEvent(holder, output.path);
    stop.throwIfRequested('waiting for the output folder');
    await sleep(LOOK_MILLISECONDS, undefined, { signal: stop.signal }).catch(() => undefined);
  }
}

const waitingEvent = ({ record, freeIn = 0 }: Holder, directory: string): WaitingEvent => ({
  type: 'waiting',
  directory,
  process: record?.pid,
  host: record?.host,
  seconds: Math.ceil(freeIn),
});
