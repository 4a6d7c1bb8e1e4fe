// Starts the processes of this machine and sees them end: all by themselves, or all because one has
// failed. Nobody is left running, and one error is shown.
import type { Ranks } from '@automodel/contracts';
import { newSecret, type Address } from '../rendezvous/shared-secret.js';
import type { PassedSignal } from './supervised-messages.js';
import { SupervisedProcess, type Ending } from './supervised-process.js';

export interface SuperviseOptions {
  /** Processes to start here. */
  readonly count: number;
  /** The machines, and this one's place among them. Absent: there is one. */
  readonly nodes?: Ranks | undefined;
  /** Where the first of all processes listens. Absent: at a port of this machine. */
  readonly address?: Address | undefined;
  readonly command: string;
  readonly args: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  /**
   * All have to be gone so many seconds after the first failure, of which they have heard: they are
   * asked to end at once after half of that, and then killed.
   */
  readonly killAfterSeconds: number;
  /** Lines of processes other than the first. */
  readonly write: (text: string) => void;
  /** Called at most once, with the line that says what has ended all of them. */
  readonly showError: (text: string) => void;
}

/** Milliseconds after a second Ctrl-C. */
const KILL_STOPPED_AFTER = 2000;
/** Milliseconds after the first failure, in which the one that is its cause may be heard of. */
const CAUSE_WITHIN = 500;

export class Supervisor {
  readonly #processes: readonly SupervisedProcess[];
  readonly #endings: Ending[] = [];
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #patience: number;
  readonly #showError: (text: string) => void;
  #isShown = false;
  #port: number | undefined;

  constructor(options: SuperviseOptions) {
    const { count, nodes = { size: 1, rank: 0 }, address } = options;
    this.#showError = options.showError;
    this.#patience = options.killAfterSeconds * 1000;
    const supervisor = process.pid;
    const secret = nodes.size === 1 ? newSecret() : undefined;
    this.#processes = Array.from({ length: count }, (_, local) => {
      const place = {
        rank: nodes.rank * count + local,
        size: nodes.size * count,
        local: { rank: local, size: count },
        ...{ supervisor, address, secret },
      };
      return new SupervisedProcess(options, place, {
        onListening: (port) => this.#listening(port),
        onWhere: (asking) => this.#port !== undefined && asking.tellPort(this.#port),
      });
    });
  }

  /** Passes a signal on to all processes. `isLast`: they have to end at once. */
  signal(signal: PassedSignal, isLast: boolean): void {
    for (const supervised of this.#processes) supervised.signal(signal, isLast);
    if (!isLast) return;
    this.#isShown = true; // the user knows
    this.#killAfter(KILL_STOPPED_AFTER);
  }

  /** The exit code, when all have ended. */
  async ended(): Promise<number> {
    await Promise.all(
      this.#processes.map(async (supervised) => {
        this.#endings.push(await supervised.ending);
        this.#consider();
        await supervised.gone;
      }),
    );
    for (const timer of this.#timers) clearTimeout(timer);
    return this.#cause()?.code ?? this.#endings.find(({ code }) => code !== 0)?.code ?? 0;
  }

  #consider(): void {
    if (this.#cause() === undefined) return;
    if (this.#endings.length === this.#processes.length) return this.#show();
    if (this.#timers.length > 0) return;
    this.#timers.push(setTimeout(() => this.#show(), CAUSE_WITHIN));
    this.#endOthers();
  }

  #show(): void {
    const cause = this.#cause();
    if (cause === undefined || this.#isShown) return;
    this.#isShown = true;
    // whoever has not ended yet says the same in a moment
    const isOfAll =
      this.#endings.length > 1 && this.#endings.every(({ text }) => text === cause.text);
    this.#showError(isOfAll ? cause.text : cause.named);
  }

  /** Where one is known: an error of a process's own, else an end by a signal. */
  #cause(): Ending | undefined {
    const failures = this.#endings.filter(({ isOrderly }) => !isOrderly);
    return (
      failures.find(({ blame }) => blame === 'own') ??
      failures.find(({ blame }) => blame === 'unexplained') ??
      failures[0]
    );
  }

  #listening(port: number): void {
    this.#port = port;
    for (const supervised of this.#processes) if (supervised.isAsking) supervised.tellPort(port);
  }

  #endOthers(): void {
    const again = (): void => {
      for (const supervised of this.#processes) supervised.signal('SIGTERM', true);
    };
    this.#timers.push(setTimeout(again, this.#patience / 2));
    this.#killAfter(this.#patience);
  }

  #killAfter(milliseconds: number): void {
    const kill = (): void => {
      for (const supervised of this.#processes) supervised.kill();
    };
    this.#timers.push(setTimeout(kill, milliseconds));
  }
}
