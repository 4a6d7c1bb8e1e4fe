// Lines from a person or a pipe. On a terminal a prompt is shown and Ctrl-C is reported to the
// reader instead of ending the process; from a pipe every line counts, even one that comes early.
import { createInterface, type Interface } from 'node:readline';

/** Where commands read from. */
export interface Input {
  readonly stream: NodeJS.ReadableStream;
  /** A person types there; what is typed is shown on `echo`. */
  readonly isTerminal: boolean;
  readonly echo?: NodeJS.WritableStream | undefined;
}

/** The process's own input. */
export const processInput = (): Input => ({
  stream: process.stdin,
  isTerminal: process.stdin.isTTY === true && process.stderr.isTTY === true,
  echo: process.stderr,
});

export class LineInput {
  readonly #interface: Interface;
  readonly #isTerminal: boolean;
  readonly #lines: string[] = [];
  #ended = false;
  #wake: (() => void) | undefined;

  /** `onInterrupt` is called for Ctrl-C on a terminal. */
  constructor(input: Input, onInterrupt: () => void) {
    this.#isTerminal = input.isTerminal;
    this.#interface = createInterface({
      input: input.stream,
      terminal: input.isTerminal,
      ...(input.isTerminal && input.echo !== undefined ? { output: input.echo } : {}),
    });
    this.#interface.on('line', (line) => {
      this.#lines.push(line);
      this.#wake?.();
    });
    this.#interface.on('close', () => {
      this.#ended = true;
      this.#wake?.();
    });
    this.#interface.on('SIGINT', onInterrupt);
  }

  /** The next line; undefined at the end, or when `signal` is aborted. */
  async next(prompt: string, signal: AbortSignal): Promise<string | undefined> {
    if (this.#isTerminal && this.#lines.length === 0 && !this.#ended) {
      this.#interface.setPrompt(prompt);
      this.#interface.prompt();
    }
    const onAbort = (): void => this.#wake?.();
    signal.addEventListener('abort', onAbort);
    while (this.#lines.length === 0 && !this.#ended && !signal.aborted)
      await new Promise<void>((resolve) => (this.#wake = resolve));
    signal.removeEventListener('abort', onAbort);
    return signal.aborted ? undefined : this.#lines.shift();
  }

  /** Shows the prompt again, after something else was written. */
  redraw(): void {
    if (this.#isTerminal) this.#interface.prompt();
  }

  close(): void {
    this.#interface.close();
  }
}
