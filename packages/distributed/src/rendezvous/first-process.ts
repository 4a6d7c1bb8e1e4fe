// The first process: listens, coordinates, and takes part like the others, but without a socket.
import { setTimeout as pause } from 'node:timers/promises';
import type { ErrorData, Member } from '../wire/messages.js';
import { Coordinator } from './coordinator.js';
import { Door } from './door.js';
import type { Participant } from './participant.js';
import type { Peer } from './peer.js';
import type { Pace } from './pulse.js';
import {
  newSecret,
  removeInvitation,
  writeInvitation,
  type Address,
  type SecretSource,
} from './shared-secret.js';
import type { FromWorker, WorkerInput } from './worker-messages.js';

/** Where nobody says another one: any free port. */
const ANYWHERE = 0;
/** Milliseconds for others to close, which may be busy; they have been told why. */
const LOST_PATIENCE = 500;

export class FirstProcess {
  readonly #own: Peer;
  readonly #coordinator: Coordinator;
  readonly #door: Door;
  readonly #secret: string;
  readonly #source: SecretSource;
  readonly #address: Address;
  readonly #report: (message: FromWorker) => void;

  constructor(
    input: WorkerInput,
    self: Member,
    pace: Pace,
    participant: Participant,
    report: (message: FromWorker) => void,
  ) {
    const { size, timeout, secret: source } = input;
    this.#source = source;
    this.#secret = secretOf(source);
    this.#address = input.address ?? { host: input.machine, port: ANYWHERE };
    this.#report = report;
    this.#coordinator = new Coordinator({
      ...{ size, timeout, pace },
      now: () => performance.now(),
      onNote: (text) => report({ type: 'note', text }),
      onSettled: () => this.#removeInvitation(),
    });
    this.#door = new Door({
      ...{ self, size, secret: this.#secret },
      onPeer: (peer, expected) => this.#coordinator.admit(peer, expected),
      onMessage: (rank, message, body) => this.#coordinator.receive(rank, message, body),
      onClosed: (peer) => this.#coordinator.closed(peer),
      onRefused: (somebody) => this.#coordinator.refused(somebody),
    });
    const receive = (...args: Parameters<Peer['send']>): void =>
      queueMicrotask(() => participant.receive(args[0], args[1] ?? ''));
    const end = (): Promise<void> => Promise.resolve();
    this.#own = { ...self, send: receive, end };
    participant.meet({
      ...self,
      send: (message, body = '') => this.#coordinator.receive(self.rank, message, body),
      end,
    });
  }

  /** Lets the others in, and returns why it cannot. */
  async open(size: number): Promise<ErrorData | undefined> {
    const { host, port } = this.#address;
    try {
      const listening = await this.#door.listen(this.#address);
      if (this.#source.kind === 'file')
        writeInvitation(this.#source.path, {
          secret: this.#secret,
          address: { host, port: listening },
        });
      this.#report({ type: 'listening', port: listening });
    } catch (error) {
      return ofSystem(error as NodeJS.ErrnoException, port);
    }
    this.#coordinator.admit(this.#own, size);
    return undefined;
  }

  beat(): void {
    this.#coordinator.beat();
  }

  lose(error: ErrorData): void {
    this.#coordinator.lose(error);
  }

  /** Says goodbye to those that are still there. */
  async leave(): Promise<void> {
    this.#removeInvitation();
    this.#door.close();
    const ends = this.#coordinator.present.map((peer) => {
      peer.send({ type: 'goodbye' });
      return peer.end();
    });
    const all = Promise.all(ends);
    await (this.#coordinator.isLost ? Promise.race([all, pause(LOST_PATIENCE)]) : all);
  }

  #removeInvitation(): void {
    if (this.#source.kind === 'file') removeInvitation(this.#source.path, this.#secret);
  }
}

function secretOf(source: SecretSource): string {
  if (source.kind === 'file') return newSecret();
  return source.kind === 'known' ? source.secret : '';
}

function ofSystem({ code, message }: NodeJS.ErrnoException, port: number): ErrorData {
  if (code === 'EADDRINUSE')
    return {
      code: 'network',
      message: `port ${port} is in use`,
      hint: 'set MASTER_PORT to a free one, the same for all processes',
    };
  return { code: 'io', message: `cannot open the rendezvous: ${message}` };
}
