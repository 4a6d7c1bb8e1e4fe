// What every process does, the first one too: sends its calls to the coordinator, puts the answers
// together, and tells its main thread when the run is lost.
import { nameOf, type Call, type ErrorData, type Message } from '../wire/messages.js';
import type { Peer } from './peer.js';
import { Pulse, type Pace } from './pulse.js';
import type { FromWorker } from './worker-messages.js';

export interface ParticipantOptions {
  readonly size: number;
  readonly pace: Pace;
  readonly now: () => number;
  /** To the main thread. */
  readonly report: (message: FromWorker) => void;
  readonly onLost: (error: ErrorData) => void;
}

export class Participant {
  readonly #options: ParticipantOptions;
  readonly #pulse: Pulse<'first'>;
  readonly #parts = new Map<string, Map<number, string>>();
  #first: Peer | undefined;
  #isWaitingFor = 0;
  #hasFirstLeft = false;
  #isDone = false;

  constructor(options: ParticipantOptions) {
    this.#options = options;
    this.#pulse = new Pulse(options.pace, options.now());
  }

  /** The way to the coordinator is there. */
  meet(first: Peer): void {
    this.#first = first;
    this.#pulse.heard('first', this.#options.now());
  }

  /** A message from the coordinator. */
  receive(message: Message, body: string): void {
    this.#pulse.heard('first', this.#options.now());
    if (message.type === 'complete')
      this.#options.report({ type: 'joined', members: message.members });
    else if (message.type === 'part') this.#collect(message, message.rank, body);
    else if (message.type === 'lost') this.lose(message.error);
    else if (message.type === 'goodbye') {
      this.#hasFirstLeft = true;
      this.#pulse.forget('first');
      if (this.#isWaitingFor > 0) this.#firstEnded(' before the others');
    }
  }

  call(call: Call, text: string): void {
    this.#isWaitingFor += 1;
    if (this.#hasFirstLeft) this.#firstEnded(' before the others');
    else this.#first?.send({ ...call, type: 'call' }, text);
  }

  /** The way to the coordinator is closed. */
  closed(): void {
    if (!this.#hasFirstLeft) this.#firstEnded('');
  }

  /** To be called at every beat. */
  beat(): void {
    this.#first?.send({ type: 'beat' });
    const [silent] = this.#pulse.silent(this.#options.now());
    if (silent !== undefined) this.#about('does not answer');
  }

  /** The first reason counts. */
  lose(error: ErrorData): void {
    if (this.#isDone) return;
    this.#isDone = true;
    this.#options.report({ type: 'lost', error });
    this.#options.onLost(error);
  }

  /** Tells the coordinator that this process ends, by an error if there is a `message`. */
  async leave(message?: string): Promise<void> {
    this.#isDone = true;
    if (message !== undefined) this.#first?.send({ type: 'failed', message });
    this.#first?.send({ type: 'goodbye' });
    await this.#first?.end();
  }

  #collect({ channel, sequence, what }: Call, rank: number, text: string): void {
    const key = `${sequence} ${channel}`;
    const parts = this.#parts.get(key) ?? new Map<number, string>();
    this.#parts.set(key, parts.set(rank, text));
    if (parts.size < this.#options.size) return;
    this.#parts.delete(key);
    this.#isWaitingFor -= 1;
    const texts = Array.from({ length: parts.size }, (_, of) => parts.get(of)!);
    this.#options.report({ type: 'answer', channel, sequence, what, texts });
  }

  #firstEnded(when: string): void {
    this.#about(`ended${when}`);
  }

  #about(what: string): void {
    const name = this.#first === undefined ? 'rank 0' : nameOf(this.#first);
    this.lose({ code: 'network', message: `${name} ${what}` });
  }
}
