// The other end of a way to a process, as the one that uses it sees it.
import type { Member, Message } from '../wire/messages.js';

export interface Peer extends Member {
  send(message: Message, body?: string): void;
  /** Resolves when everything that was sent has gone. */
  end(): Promise<void>;
}
