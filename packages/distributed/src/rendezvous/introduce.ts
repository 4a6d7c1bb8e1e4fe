// One attempt of a process to be let in by the first one: both show that they know the secret, and
// only then does either believe what the other says.
import { createConnection } from 'node:net';
import { Connection } from '../wire/connection.js';
import type { OnFrame } from '../wire/frames.js';
import { PROTOCOL, type Member, type Message } from '../wire/messages.js';
import { newNonce, proofOf, proves, type Challenge } from '../wire/proof.js';
import { ownLoopback } from './door.js';
import type { Peer } from './peer.js';
import type { Address } from './shared-secret.js';

/** Milliseconds in which the first process has to answer. */
const PATIENCE = 10_000;

export interface IntroduceOptions {
  readonly self: Member;
  readonly size: number;
  /** Called with what the first process sends, and when the way to it is closed. */
  readonly onMessage: OnFrame;
  readonly onClosed: () => void;
}

/**
 * Why a process was not let in. 'stranger': somebody listens who says nothing, or nothing that is
 * understood; `cause`: an error code of the system.
 */
export interface NotLetIn {
  readonly because: 'secret' | 'version' | 'silence' | 'stranger';
  readonly cause?: string | undefined;
}

type Outcome = Peer | NotLetIn;

/** Never rejects. */
export function introduce(
  secret: string,
  { host, port }: Address,
  options: IntroduceOptions,
): Promise<Outcome> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: ownLoopback(host), port });
    let cause: string | undefined;
    let isMute = false;
    socket.on('error', ({ code }: NodeJS.ErrnoException) => (cause = code));
    const patience = setTimeout(() => {
      isMute = !socket.connecting;
      socket.destroy();
    }, PATIENCE);
    const introduction = new Introduction(secret, options);
    const connection = new Connection(socket, (message) => {
      const outcome = introduction.answer(message, connection);
      if (outcome === undefined) return;
      clearTimeout(patience);
      if (!('send' in outcome)) socket.destroy();
      resolve(outcome);
    });
    connection.onClose = () => {
      clearTimeout(patience);
      const isStranger = (isMute && !introduction.isGreeted) || connection.isGarbled;
      resolve({ because: isStranger ? 'stranger' : 'silence', cause });
    };
  });
}

class Introduction {
  readonly #secret: string;
  readonly #options: IntroduceOptions;
  #challenge: Challenge | undefined;

  constructor(secret: string, options: IntroduceOptions) {
    this.#secret = secret;
    this.#options = options;
  }

  /** Whether the first process has said a word. */
  get isGreeted(): boolean {
    return this.#challenge !== undefined;
  }

  /** Undefined while something is still to come. */
  answer(message: Message, connection: Connection): Outcome | undefined {
    const challenge = this.#challenge;
    if (message.type === 'greeting' && challenge === undefined) {
      if (message.protocol !== PROTOCOL) return { because: 'version' };
      this.#introduce(message.nonce, connection);
      return undefined;
    }
    if (message.type === 'refused' && message.because === 'protocol') return { because: 'version' };
    if (message.type !== 'welcome' || challenge === undefined) return { because: 'secret' };
    if (!proves(this.#secret, 'first', challenge, message.proof)) return { because: 'secret' };
    return this.#befriend(message, connection);
  }

  #introduce(greeting: string, connection: Connection): void {
    const { self, size } = this.#options;
    const nonce = newNonce();
    this.#challenge = { greeting, introduction: nonce, rank: self.rank, size };
    const proof = proofOf(this.#secret, 'other', this.#challenge);
    connection.send({ type: 'introduction', protocol: PROTOCOL, size, nonce, proof, ...self });
  }

  #befriend({ rank, machine, process }: Member, connection: Connection): Peer {
    connection.trust();
    connection.onMessage = this.#options.onMessage;
    connection.onClose = this.#options.onClosed;
    return {
      ...{ rank, machine, process },
      send: (message, body) => connection.send(message, body),
      end: () => connection.end(),
    };
  }
}
