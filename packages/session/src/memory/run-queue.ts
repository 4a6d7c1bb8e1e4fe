// Runs asynchronous bodies one after the other, in the order in which they were submitted. A
// failure does not stop the next one.

export class RunQueue {
  #last: Promise<unknown> = Promise.resolve();

  /** Waits for everything before, then runs `body`. */
  run<T>(body: () => Promise<T> | T): Promise<T> {
    const result = this.#last.then(body);
    this.#last = result.catch(() => undefined);
    return result;
  }

  /** Resolves when everything submitted so far has ended. */
  idle(): Promise<void> {
    return this.run(() => undefined);
  }
}
