// The thread of the rendezvous as the main thread sees it. It keeps a process alive only while
// somebody waits for an answer.
import { Worker } from 'node:worker_threads';
import type { FromWorker, ToWorker, WorkerInput } from '../rendezvous/worker-messages.js';

export class RendezvousThread {
  /** Nothing more comes from it, also where it could not be started. */
  readonly ended: Promise<void>;
  readonly #worker: Worker;
  #waiting = 0;

  constructor(input: WorkerInput, onMessage: (message: FromWorker) => void) {
    this.#worker = startWorker(input);
    this.#worker.unref();
    this.#worker.on('message', onMessage);
    this.ended = new Promise((resolve) => this.#worker.on('exit', () => resolve()));
    this.#worker.on('error', (error: Error) =>
      onMessage({ type: 'lost', error: { code: 'internal', message: error.message } }),
    );
  }

  send(message: ToWorker): void {
    this.#worker.postMessage(message);
  }

  /** The process stays alive while `answer` is awaited. */
  async whileWaiting<T>(answer: Promise<T>): Promise<T> {
    if (this.#waiting++ === 0) this.#worker.ref();
    try {
      return await answer;
    } finally {
      if (--this.#waiting === 0) this.#worker.unref();
    }
  }

  async close(): Promise<void> {
    await this.#worker.terminate();
  }
}

/** After a build the entry is beside this file's bundle; from source, tsx loads it. */
function startWorker(input: WorkerInput): Worker {
  if (!import.meta.url.endsWith('.ts'))
    return new Worker(new URL('./rendezvous-worker.js', import.meta.url), { workerData: input });
  const entry = new URL('../rendezvous/rendezvous-worker.ts', import.meta.url);
  const bootstrap =
    `import(${JSON.stringify(import.meta.resolve('tsx/esm/api'))}).then(({ register }) => { ` +
    `register(); return import(${JSON.stringify(entry.href)}); })`;
  return new Worker(bootstrap, { eval: true, workerData: input });
}
