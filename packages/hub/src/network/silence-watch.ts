// Gives up a request whose server is silent for too long.
import { failureOf, HubFailure } from './hub-failure.js';

/** Aborts a request when nothing is heard for too long, or when the user stops it. */
export class SilenceWatch {
  readonly #controller = new AbortController();
  readonly #seconds: number | undefined;
  readonly #user: AbortSignal;
  readonly #onAbort = (): void => this.#controller.abort();
  #timer: NodeJS.Timeout | undefined;
  #expired = false;

  constructor(seconds: number | undefined, user: AbortSignal) {
    this.#seconds = seconds;
    this.#user = user;
    if (user.aborted) this.#controller.abort();
    user.addEventListener('abort', this.#onAbort, { once: true });
    this.heard();
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  heard(): void {
    clearTimeout(this.#timer);
    if (this.#seconds === undefined) return;
    this.#timer = setTimeout(() => {
      this.#expired = true;
      this.#controller.abort();
    }, this.#seconds * 1000);
  }

  rest(): void {
    clearTimeout(this.#timer);
  }

  stop(): void {
    this.rest();
    this.#user.removeEventListener('abort', this.#onAbort);
  }

  /** What `error` of the watched request means: silence, when that is why it was aborted. */
  failureFor(error: unknown, url: string): HubFailure {
    if (error instanceof HubFailure) return error;
    if (!this.#expired) return failureOf(error, url);
    return new HubFailure('timed-out', `${new URL(url).host} sent nothing for ${this.#seconds} s`, {
      url,
    });
  }
}
