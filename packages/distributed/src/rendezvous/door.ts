// The first process's door: lets in who knows the secret. A stranger gets a small frame and a short
// time, and costs nothing more; what it sends ends at most its own connection.
import { createServer, type Server, type Socket } from 'node:net';
import { Connection } from '../wire/connection.js';
import { PROTOCOL, type Member, type Message } from '../wire/messages.js';
import { newNonce, proofOf, proves } from '../wire/proof.js';
import type { Refused } from './refusals.js';
import type { Peer } from './peer.js';
import { SAME_SECRET, type Address } from './shared-secret.js';

/** Milliseconds in which a stranger has to show that it knows the secret. */
const PATIENCE = 10_000;
/** Strangers at a time; the one that has been waiting the longest makes room. */
const STRANGERS = 1024;

/** Why somebody is not let in, and what can be done about it. */
const REFUSALS = {
  protocol: {
    has: 'another version of automodel',
    hint: 'start all of them with the same version',
  },
  secret: { has: 'another secret', hint: SAME_SECRET },
} as const;

export interface DoorOptions {
  readonly self: Member;
  readonly size: number;
  readonly secret: string;
  /** A process that knows the secret, and how many it expects. Returns whether it takes part. */
  readonly onPeer: (peer: Peer, size: number) => boolean;
  readonly onMessage: (rank: number, message: Message, body: string) => void;
  readonly onClosed: (peer: Peer) => void;
  /** Somebody that speaks as ours do was not let in. */
  readonly onRefused: (somebody: Refused) => void;
}

export class Door {
  readonly #options: DoorOptions;
  readonly #server: Server;
  /** Those that have not shown anything yet, and the end of the patience with them. */
  readonly #strangers = new Map<Connection, NodeJS.Timeout>();
  readonly #connections = new Set<Connection>();

  constructor(options: DoorOptions) {
    this.#options = options;
    this.#server = createServer((socket) => this.#meet(socket));
  }

  /** The port it listens on; port 0 chooses one. Errors: those of the system. */
  listen({ host, port }: Address): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject);
      this.#server.listen(
        { ...(isLoopback(host) ? { host: ownLoopback(host) } : {}), port },
        () => {
          this.#server.removeListener('error', reject);
          this.#server.on('error', () => undefined); // one connection that could not be accepted
          resolve((this.#server.address() as { port: number }).port);
        },
      );
    });
  }

  /** Lets nobody in any more; connections of members stay. */
  close(): void {
    this.#server.close();
    for (const stranger of this.#strangers.keys()) stranger.destroy();
  }

  destroy(): void {
    this.close();
    for (const connection of this.#connections) connection.destroy();
  }

  #meet(socket: Socket): void {
    const nonce = newNonce();
    const connection = new Connection(socket, (message) =>
      this.#introduce(connection, nonce, message),
    );
    this.#connections.add(connection);
    this.#strangers.set(
      connection,
      setTimeout(() => connection.destroy(), PATIENCE),
    );
    connection.onClose = () => {
      this.#isKnown(connection);
      this.#connections.delete(connection);
    };
    const [longest] = this.#strangers.keys();
    if (this.#strangers.size > STRANGERS) longest?.destroy();
    connection.send({ type: 'greeting', protocol: PROTOCOL, nonce });
  }

  #introduce(connection: Connection, nonce: string, message: Message): void {
    const { self, secret } = this.#options;
    if (message.type !== 'introduction') return connection.destroy();
    const { rank, size, machine, process } = message;
    const refuse = (because: keyof typeof REFUSALS): void => {
      const { has, hint } = REFUSALS[because];
      const named = `a process at ${connection.address} that calls itself rank ${String(rank)}`;
      this.#options.onRefused({ rank, size, because: `${named} has ${has}`, hint });
      connection.send({ type: 'refused', because });
      void connection.end();
    };
    if (message.protocol !== PROTOCOL) return refuse('protocol');
    const challenge = { greeting: nonce, introduction: message.nonce, rank, size };
    if (!proves(secret, 'other', challenge, message.proof)) return refuse('secret');
    this.#isKnown(connection);
    connection.trust();
    connection.send({ type: 'welcome', proof: proofOf(secret, 'first', challenge), ...self });
    this.#admit(connection, { rank, machine, process }, size);
  }

  #isKnown(connection: Connection): void {
    clearTimeout(this.#strangers.get(connection));
    this.#strangers.delete(connection);
  }

  #admit(connection: Connection, member: Member, size: number): void {
    const peer: Peer = {
      ...member,
      send: (message, body) => connection.send(message, body),
      end: () => connection.end(),
    };
    connection.onMessage = () => undefined;
    if (!this.#options.onPeer(peer, size)) return void connection.end();
    const forget = connection.onClose;
    connection.onMessage = (message, body) => this.#options.onMessage(peer.rank, message, body);
    connection.onClose = () => {
      forget();
      this.#options.onClosed(peer);
    };
  }
}

/** Whether a name is that of this machine, for this machine only. */
export const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || /^127(\.\d+){3}$/.test(host);

/** `localhost` may mean two addresses, of which one is chosen. */
export const ownLoopback = (host: string): string => (host === 'localhost' ? '127.0.0.1' : host);
