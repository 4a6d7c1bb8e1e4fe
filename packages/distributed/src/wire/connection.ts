// One connection between two processes: messages in and out. What is no message closes it.
import type { Socket } from 'node:net';
import { encodeFrame, FrameReader, MEMBERS_LIMIT, type OnFrame } from './frames.js';
import type { Message } from './messages.js';

/** Milliseconds without a word from the other side, which sends a beat every second. */
const PATIENCE = 2500;
const LOOK_EVERY = 250;

export class Connection {
  /** Replaced when the other side has become known. */
  onMessage: OnFrame;
  onClose: () => void = () => undefined;
  /** It was closed because the other side sent what is no message. */
  isGarbled = false;
  readonly #socket: Socket;
  #heard = performance.now();
  readonly #frames = new FrameReader((message, body) => this.onMessage(message, body));

  constructor(socket: Socket, onMessage: OnFrame) {
    this.#socket = socket;
    this.onMessage = onMessage;
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.#read(chunk));
    socket.on('error', () => undefined); // 'close' follows
    socket.on('close', () => this.onClose());
  }

  get address(): string {
    return this.#socket.remoteAddress ?? 'unknown';
  }

  /** From now on the other side may send what it likes. */
  trust(): void {
    this.#frames.limit = MEMBERS_LIMIT;
  }

  send(message: Message, body = ''): void {
    if (this.#socket.writable) this.#socket.write(encodeFrame(message, body));
  }

  /**
   * Closes after all that was sent has gone, and resolves when the other side has closed too: what
   * has not been read when a socket closes may take with it what has not been read there.
   */
  end(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#socket.closed) return resolve();
      const patience = setInterval(() => {
        if (performance.now() - this.#heard > PATIENCE) done();
      }, LOOK_EVERY);
      const done = (): void => {
        clearInterval(patience);
        resolve();
      };
      this.#socket.once('close', done);
      this.#socket.end();
    });
  }

  destroy(): void {
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    this.#heard = performance.now();
    try {
      this.#frames.push(chunk);
    } catch {
      this.isGarbled = true;
      this.#socket.destroy();
    }
  }
}
