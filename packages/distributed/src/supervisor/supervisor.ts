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
  /** Lines of processes other than the first, and the one error. */
  readonly write: (text: string) => void;
}

export interface SupervisedEnd {
  readonly code: number;
  /** What a user has to know; undefined where all ended by themselves. */
  readonly error: string | undefined;
}

/** Milliseconds after a second Ctrl-C. */
const KILL_STOPPED_AFTER = 2000;

export class Supervisor {
  readonly #processes: readonly SupervisedProcess[];
  readonly #endings: Ending[] = [];
  readonly #timers: NodeJS.Timeout[] = [];
  readonly #patience: number;
  #port: number | undefined;

  constructor(options: SuperviseOptions) {
    const { count, nodes = { size: 1, rank: 0 }, address } = options;
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
    if (isLast) this.#killAfter(KILL_STOPPED_AFTER);
  }

  /** Resolves when all have ended. */
  async ended(): Promise<SupervisedEnd> {
    await Promise.all(
      this.#processes.map(async (supervised) => {
        const ending = await supervised.ending;
        this.#endings.push(ending);
        if (!ending.isOrderly) this.#endOthers();
      }),
    );
    for (const timer of this.#timers) clearTimeout(timer);
    return endOf(this.#endings);
  }

  #listening(port: number): void {
    this.#port = port;
    for (const supervised of this.#processes) if (supervised.isAsking) supervised.tellPort(port);
  }

  #endOthers(): void {
    if (this.#timers.length > 0) return;
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

/** The cause, where one is known: an error of its own, else an end by a signal. */
function endOf(endings: readonly Ending[]): SupervisedEnd {
  const failures = endings.filter(({ isOrderly }) => !isOrderly);
  const cause =
    failures.find(({ blame }) => blame === 'own') ??
    failures.find(({ blame }) => blame === 'unexplained') ??
    failures[0];
  if (cause === undefined) {
    const code = endings.find((ending) => ending.code !== 0)?.code ?? 0;
    return { code, error: undefined };
  }
  const isOfAll = failures.every(({ text }) => text === cause.text);
  return { code: cause.code, error: isOfAll ? cause.text : cause.named };
}
