// What stands between the caller and the device: commands are executed one after the other, later
// than they are given. This is where a device's stream would be.
import { setImmediate } from 'node:timers/promises';

export class CommandQueue {
  #last: Promise<unknown> = Promise.resolve();

  /**
   * Executes `command` after all earlier ones; one that fails does not stop the next. The promise
   * may be dropped by callers for whom order is enough.
   */
  put<T>(command: () => T | Promise<T>): Promise<T> {
    const done = this.#last.then(() => setImmediate()).then(command);
    this.#last = done.catch(() => undefined);
    return done;
  }

  /** Resolves when everything given so far has been executed. */
  async idle(): Promise<void> {
    await this.#last;
  }
}
