// Tokenises tasks in this thread or in many, and gives the results in the order of the tasks, so
// that the first error in order of rows is the one that is reported.
import { availableParallelism } from 'node:os';
import { AutomodelError } from '@automodel/core';
import type { Tokenizer } from '../tokenizer/tokenizer.js';
import type { PlannedTask } from './plan-tasks.js';
import { RowTokenizer, type RowOptions } from './row-tokenizer.js';
import { tokenizeTask } from './tokenize-task.js';
import type { SampleArrays } from './sample-arrays.js';
import { WorkerPool } from './worker-pool.js';
import type { OnWrongRow } from './wrong-rows.js';

/** A task that is done. */
export type Tokenized<T extends PlannedTask> = T & { readonly result: SampleArrays };

const MAX_THREADS = 8;

/** Threads for tokenising on this machine: cores that this process may use. */
export const defaultThreads = (): number => Math.min(MAX_THREADS, availableParallelism());

/** How tasks are done. */
export interface TaskOptions {
  readonly rows: RowOptions;
  /** Default `throw`. */
  readonly onWrongRow?: OnWrongRow | undefined;
  /** 0: in this thread. */
  readonly threads: number;
  readonly signal?: AbortSignal | undefined;
}

/** Errors: the first in order of rows; `aborted`. */
export async function* orderedResults<T extends PlannedTask>(
  tokenizer: Tokenizer,
  tasks: AsyncIterable<T>,
  options: TaskOptions,
): AsyncGenerator<Tokenized<T>> {
  if (options.threads > 0) return yield* inThreads(tokenizer, tasks, options);
  const { signal } = options;
  const rows = new RowTokenizer(tokenizer, options.rows, options.onWrongRow);
  for await (const planned of tasks)
    yield {
      ...planned,
      result: await tokenizeTask(rows, planned.task, () => checkStopped(signal)),
    };
}

async function* inThreads<T extends PlannedTask>(
  tokenizer: Tokenizer,
  tasks: AsyncIterable<T>,
  { rows, onWrongRow = 'throw', threads, signal }: TaskOptions,
): AsyncGenerator<Tokenized<T>> {
  const pool = new WorkerPool(threads, { files: tokenizer.files, options: rows, onWrongRow });
  const stop = (): void => void pool.close();
  signal?.addEventListener('abort', stop, { once: true });
  const running: { readonly planned: T; readonly result: Promise<SampleArrays> }[] = [];
  let failed = false;
  const first = async (): Promise<Tokenized<T>> => {
    const { planned, result } = running.shift()!;
    return {
      ...planned,
      result: await result.catch((error: unknown) => {
        failed = true;
        throw error;
      }),
    };
  };
  try {
    for await (const planned of tasks) {
      checkStopped(signal);
      const result = pool.run(planned.task);
      // A later failure is reported when its turn comes, if it comes.
      result.catch(() => undefined);
      running.push({ planned, result });
      if (running.length > 2 * threads) yield await first();
    }
    while (running.length > 0) yield await first();
  } catch (error) {
    checkStopped(signal);
    // Planning reads ahead of tokenising: rows before the place where it failed come first.
    while (!failed && running.length > 0) yield await first();
    throw error;
  } finally {
    signal?.removeEventListener('abort', stop);
    await pool.close();
  }
}

function checkStopped(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true)
    throw new AutomodelError('aborted', 'loading the data was stopped', { cause: signal.reason });
}
