// A supervised process's way to its supervisor.
import type { Environment } from '../launchers/launcher.js';
import {
  SUPERVISED,
  type FromSupervisor,
  type PassedSignal,
  type SupervisedPlace,
  type ToSupervisor,
} from './supervised-messages.js';

/** What it needs of the process. */
type Process = Pick<NodeJS.Process, 'send' | 'on' | 'off' | 'channel' | 'ppid'>;

export class SupervisorLink {
  readonly place: SupervisedPlace;
  readonly #process: Process;

  constructor(place: SupervisedPlace, process: Process) {
    this.place = place;
    this.#process = process;
  }

  /** Called with each signal that the supervisor passes on. `isLast`: the process ends at once. */
  onSignal(listener: (signal: PassedSignal, isLast: boolean) => void): void {
    this.#process.on('message', (message) => {
      const from = message as FromSupervisor;
      if (from.type === 'signal') listener(from.signal, from.isLast);
    });
    this.#process.channel?.unref();
  }

  /** Called when the supervisor is gone. */
  onGone(listener: () => void): void {
    this.#process.on('disconnect', listener);
  }

  /** The first process listens. */
  listening(port: number): void {
    void this.#send({ type: 'listening', port });
  }

  /** The port of the first process; resolves when it listens. */
  port(): Promise<number> {
    return new Promise((resolve) => {
      const receive = (message: unknown): void => {
        const from = message as FromSupervisor;
        if (from.type !== 'port') return;
        this.#process.off('message', receive);
        this.#process.channel?.unref();
        resolve(from.port);
      };
      this.#process.on('message', receive);
      this.#process.channel?.ref();
      void this.#send({ type: 'where' });
    });
  }

  /** The command has ended by itself. */
  ended(code: number): Promise<void> {
    return this.#send({ type: 'ended', code });
  }

  /** The command has failed; the supervisor shows one of the errors. */
  failed(failure: Omit<Extract<ToSupervisor, { type: 'failed' }>, 'type'>): Promise<void> {
    return this.#send({ type: 'failed', ...failure });
  }

  #send(message: ToSupervisor): Promise<void> {
    return new Promise((resolve) => {
      if (this.#process.send === undefined) return resolve();
      this.#process.send(message, undefined, undefined, () => resolve());
    });
  }
}

/** Undefined for a process that no supervisor has started. */
export function supervisorOf(
  environment: Environment,
  process: Process,
): SupervisorLink | undefined {
  const text = environment[SUPERVISED];
  if (text === undefined || process.send === undefined) return undefined;
  const place = JSON.parse(text) as SupervisedPlace;
  return place.supervisor === process.ppid ? new SupervisorLink(place, process) : undefined;
}
