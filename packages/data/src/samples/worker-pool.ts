// Threads that tokenise. Tasks go to whichever is free; each thread has one at a time and keeps its
// tokenizer. Nothing of the pool outlives `close`.
import { Worker } from 'node:worker_threads';
import { AutomodelError } from '@automodel/core';
import type { SampleArrays } from './sample-arrays.js';
import type { TokenizeTask } from './tokenize-task.js';
import { errorFromData } from './error-data.js';
import type { WorkerAnswer, WorkerInput } from './worker-messages.js';

interface Job {
  readonly task: TokenizeTask;
  readonly resolve: (samples: SampleArrays) => void;
  readonly reject: (error: unknown) => void;
}

export class WorkerPool {
  readonly #workers: readonly PooledWorker[];
  readonly #waiting: Job[] = [];

  constructor(count: number, input: WorkerInput) {
    this.#workers = Array.from(
      { length: count },
      () => new PooledWorker(input, () => this.#next()),
    );
  }

  /**
   * Errors: those of the task; `internal` when the thread dies; `aborted` when the pool is closed.
   */
  run(task: TokenizeTask): Promise<SampleArrays> {
    const answer = new Promise<SampleArrays>((resolve, reject) =>
      this.#waiting.push({ task, resolve, reject }),
    );
    this.#next();
    return answer;
  }

  /** Ends the threads at once. */
  async close(): Promise<void> {
    const stopped = new AutomodelError('aborted', 'tokenising was stopped');
    for (const { reject } of this.#waiting.splice(0)) reject(stopped);
    await Promise.all(this.#workers.map((worker) => worker.close(stopped)));
  }

  #next(): void {
    for (const worker of this.#workers) {
      if (!worker.free) continue;
      const job = this.#waiting.shift();
      if (job === undefined) return;
      worker.start(job);
    }
  }
}

class PooledWorker {
  readonly #worker: Worker;
  readonly #onFree: () => void;
  #job: Job | undefined;
  #failure: AutomodelError | undefined;

  constructor(input: WorkerInput, onFree: () => void) {
    this.#onFree = onFree;
    this.#worker = startWorker(input);
    this.#worker.on('message', (answer: WorkerAnswer) => this.#settle(answer));
    this.#worker.on('error', (cause) => this.#fail(cause));
    this.#worker.on('exit', (code) => this.#fail(`exit code ${code}`));
  }

  get free(): boolean {
    return this.#job === undefined;
  }

  start(job: Job): void {
    if (this.#failure !== undefined) return job.reject(this.#failure);
    this.#job = job;
    this.#worker.postMessage(job.task);
  }

  async close(error: AutomodelError): Promise<void> {
    this.#failure ??= error;
    this.#job?.reject(error);
    this.#job = undefined;
    await this.#worker.terminate();
  }

  #settle(answer: WorkerAnswer): void {
    const job = this.#job;
    this.#job = undefined;
    if ('result' in answer) job?.resolve(answer.result);
    else job?.reject(errorFromData(answer.error));
    this.#onFree();
  }

  #fail(cause: unknown): void {
    const [reason] = (cause instanceof Error ? cause.message : String(cause)).split('\n');
    this.#failure ??= new AutomodelError(
      'internal',
      `a thread that tokenises rows ended unexpectedly: ${reason}`,
      {
        hint:
          'run again; where memory is short, take fewer rows at once ' +
          '(dataset.limit_dataset_samples, dataset.streaming)',
        cause,
      },
    );
    this.#job?.reject(this.#failure);
    this.#job = undefined;
    this.#onFree();
  }
}

/** After a build the entry is beside this file's bundle; from source, tsx loads it. */
function startWorker(input: WorkerInput): Worker {
  const fromSource = import.meta.url.endsWith('.ts');
  const entry = new URL(
    fromSource ? './tokenize-worker.ts' : './tokenize-worker.js',
    import.meta.url,
  );
  if (!fromSource) return new Worker(entry, { workerData: input });
  const bootstrap =
    `import(${JSON.stringify(import.meta.resolve('tsx/esm/api'))}).then(({ register }) => { ` +
    `register(); return import(${JSON.stringify(entry.href)}); })`;
  return new Worker(bootstrap, { eval: true, workerData: input });
}
