// Peak memory of this process between two calls and since the first one, by sampling: the system
// only keeps the peak since the process began, and counts what belongs to neighbours.
import process from 'node:process';
import type { Backend, HostGroup } from '@automodel/contracts';
import { ownBytes } from '../estimate/own-bytes.js';

const INTERVAL_MS = 100;
const GIB = 2 ** 30;
const KIB = 1024;

export class PeakMemory implements Disposable {
  readonly #backend: Pick<Backend, 'sharedBytes'>;
  readonly #timer = setInterval(() => this.#sample(), INTERVAL_MS);
  #latest: number;
  #highest = 0;

  constructor(backend: Pick<Backend, 'sharedBytes'>) {
    this.#backend = backend;
    this.#latest = ownBytes(backend);
    this.#timer.unref();
  }

  #sample(): void {
    this.#latest = Math.max(this.#latest, ownBytes(this.#backend));
    this.#highest = Math.max(this.#highest, this.#latest);
  }

  /** The peak since the last call, in GiB. */
  take(): number {
    this.#sample();
    const peak = this.#latest;
    this.#latest = 0;
    return peak / GIB;
  }

  /**
   * The peak since the process began, in bytes; where it shares memory, since this was made. Of
   * several processes the highest; every one calls it.
   */
  async highest(host: HostGroup): Promise<number> {
    this.#sample();
    const { sharedBytes } = this.#backend;
    const own = sharedBytes === undefined ? process.resourceUsage().maxRSS * KIB : this.#highest;
    return Math.max(...(await host.exchange(String(own))).map(Number));
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
