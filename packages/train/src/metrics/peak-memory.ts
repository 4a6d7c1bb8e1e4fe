// Peak resident memory of this process between two calls, by sampling: the system only keeps the
// peak since the process began.

const INTERVAL_MS = 100;
const GIB = 2 ** 30;

export class PeakMemory implements Disposable {
  #peak = process.memoryUsage.rss();
  readonly #timer = setInterval(() => this.#sample(), INTERVAL_MS);

  constructor() {
    this.#timer.unref();
  }

  #sample(): void {
    this.#peak = Math.max(this.#peak, process.memoryUsage.rss());
  }

  /** The peak since the last call, in GiB. */
  take(): number {
    this.#sample();
    const peak = this.#peak;
    this.#peak = 0;
    return peak / GIB;
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
