// One process that a supervisor has started: what it writes, what it says, how it ends.
import { spawn, type ChildProcess } from 'node:child_process';
import { constants } from 'node:os';
import { prefixLines } from './prefixed-lines.js';
import {
  SUPERVISED,
  type FromSupervisor,
  type PassedSignal,
  type SupervisedPlace,
  type ToSupervisor,
} from './supervised-messages.js';

/** How a process ended. */
export interface Ending {
  readonly code: number;
  /** It said so itself, and has no error. */
  readonly isOrderly: boolean;
  /** Whose doing it was: its own, another process's, or nobody knows. */
  readonly blame: 'own' | 'another' | 'unexplained';
  /** One line. */
  readonly text: string;
  /** The same, saying which process it was. */
  readonly named: string;
}

export interface ProcessOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly environment: NodeJS.ProcessEnv;
  readonly write: (text: string) => void;
}

interface Listeners {
  readonly onListening: (port: number) => void;
  readonly onWhere: (asking: SupervisedProcess) => void;
}

/** Milliseconds for what is left in its streams. */
const STREAMS_AFTER = 1000;

export class SupervisedProcess {
  /** Settled when it says that it has failed, else when it has ended. */
  readonly ending: Promise<Ending>;
  /** Settled when nothing of it is left. */
  readonly gone: Promise<void>;
  /** It wants to know the port of the first process. */
  isAsking = false;
  readonly #child: ChildProcess;
  readonly #rank: number;
  #saidCode: number | undefined;
  #isKilled = false;

  constructor(options: ProcessOptions, place: SupervisedPlace, listeners: Listeners) {
    const { command, args, environment, write } = options;
    this.#rank = place.rank;
    const isFirst = place.rank === 0;
    this.#child = spawn(command, args, {
      env: { ...environment, [SUPERVISED]: JSON.stringify(place) },
      stdio: isFirst ? ['inherit', 'inherit', 'inherit', 'ipc'] : ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    const { stdout, stderr } = this.#child;
    for (const stream of [stdout, stderr])
      if (stream !== null) prefixLines(stream, `[rank ${place.rank}] `, write);
    this.ending = new Promise((resolve) => {
      this.#child.on('message', (message) =>
        this.#receive(message as ToSupervisor, listeners, resolve),
      );
      this.#child.on('error', ({ message }) =>
        resolve(this.#failed(1, 'own', `cannot be started: ${message}`)),
      );
      this.#child.on('exit', (code, signal) => resolve(this.#endingOf(code, signal)));
    });
    this.gone = new Promise((resolve) => {
      this.#child.on('error', () => resolve());
      this.#child.on('close', () => resolve());
      // a process that it has started may keep its streams open
      this.#child.on('exit', () => setTimeout(resolve, STREAMS_AFTER).unref());
    });
  }

  tellPort(port: number): void {
    this.#send({ type: 'port', port });
  }

  /** `isLast`: it has to end at once. */
  signal(signal: PassedSignal, isLast: boolean): void {
    this.#isKilled ||= isLast;
    this.#send({ type: 'signal', signal, isLast });
  }

  kill(): void {
    this.#isKilled = true;
    this.#child.kill('SIGKILL');
  }

  #send(message: FromSupervisor): void {
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }

  #receive(
    message: ToSupervisor,
    { onListening, onWhere }: Listeners,
    end: (ending: Ending) => void,
  ): void {
    if (message.type === 'listening') return onListening(message.port);
    if (message.type === 'failed') return end(this.#failureOf(message));
    if (message.type === 'ended') return void (this.#saidCode = message.code);
    this.isAsking = true;
    onWhere(this);
  }

  #failureOf({ code, text, isConsequence }: Extract<ToSupervisor, { type: 'failed' }>): Ending {
    // what happened in one of them and all know of says where
    const isOther = !isConsequence && this.#rank > 0 && !/\brank \d+: /.test(text);
    const named = isOther ? text.replace(/error: /, `$&rank ${this.#rank}: `) : text;
    return { code, isOrderly: false, blame: isConsequence ? 'another' : 'own', text, named };
  }

  #endingOf(code: number | null, signal: NodeJS.Signals | null): Ending {
    if (this.#saidCode !== undefined && signal === null)
      return { code: code ?? this.#saidCode, isOrderly: true, blame: 'own', text: '', named: '' };
    const blame = this.#isKilled ? 'another' : 'unexplained';
    if (signal === null) return this.#failed(code ?? 1, blame, `ended with exit code ${code}`);
    return this.#failed(128 + constants.signals[signal], blame, `was ended by ${signal}`);
  }

  #failed(code: number, blame: Ending['blame'], what: string): Ending {
    const text = `error: rank ${this.#rank} (process ${this.#child.pid ?? 'unknown'}) ${what}`;
    return { code, isOrderly: false, blame, text, named: text };
  }
}
