// A host group of real processes: calls travel through the thread of the rendezvous. When another
// process is lost, `lost` is aborted and everything that waits is rejected with the same error.
import type { HostGroup, Ranks } from '@automodel/contracts';
import type { AutomodelError } from '@automodel/core';
import type { FromWorker } from '../rendezvous/worker-messages.js';
import type { Member } from '../wire/messages.js';
import { lostRank } from './lost-rank.js';
import type { RendezvousThread } from './rendezvous-thread.js';

/** The processes of a run, as one of them sees the others. */
export interface JoinedGroup extends HostGroup, AsyncDisposable {
  /** All processes, in the order of ranks. */
  readonly members: readonly Member[];
  /** Tells the others by which error this process ends, and leaves. */
  fail(error: unknown): Promise<void>;
}

/** Somebody who waits for the answer to a call. */
interface Waiting {
  resolve(texts: readonly string[]): void;
  reject(error: unknown): void;
}

/** The calls of this process that are on their way. */
export class Calls {
  readonly #thread: RendezvousThread;
  readonly #waiting = new Map<string, Waiting>();
  readonly #sequences = new Map<string, number>();
  readonly #lost = new AbortController();

  constructor(thread: RendezvousThread) {
    this.#thread = thread;
  }

  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  /** What all processes give to the same call of a channel. */
  make(channel: string, what: string, text: string): Promise<readonly string[]> {
    if (this.lost.aborted) return Promise.reject(this.lost.reason as AutomodelError);
    const sequence = this.#sequences.get(channel) ?? 0;
    this.#sequences.set(channel, sequence + 1);
    const answer = new Promise<readonly string[]>((resolve, reject) =>
      this.#waiting.set(`${sequence} ${channel}`, { resolve, reject }),
    );
    this.#thread.send({ type: 'call', channel, sequence, what, text });
    return this.#thread.whileWaiting(answer);
  }

  receive(message: FromWorker): void {
    if (message.type === 'lost') return this.lose(lostRank(message.error));
    if (message.type !== 'answer') return;
    const key = `${message.sequence} ${message.channel}`;
    this.#waiting.get(key)?.resolve(message.texts);
    this.#waiting.delete(key);
  }

  lose(error: AutomodelError): void {
    if (this.lost.aborted) return;
    this.#lost.abort(error);
    this.reject(error);
  }

  /** Nobody waits any more. */
  reject(error: AutomodelError): void {
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }
}

/** The calls of one channel; `name` is empty for the group itself. */
export function channelOf(
  calls: Calls,
  ranks: Ranks & { readonly local: Ranks },
  name = '',
): HostGroup {
  return {
    size: ranks.size,
    rank: ranks.rank,
    local: ranks.local,
    lost: calls.lost,
    exchange: (text) => calls.make(name, 'exchange', text),
    sum: async (values) => {
      const all = await calls.make(name, `sum of ${values.length}`, asText(values));
      const terms = all.map(asNumbers);
      return values.map((_, i) => terms.reduce((total, of) => total + of[i]!, 0));
    },
    barrier: async () => void (await calls.make(name, 'barrier', '')),
    channel: (inner) => channelOf(calls, ranks, name === '' ? inner : `${name}/${inner}`),
  };
}

// every bit, and what JSON has no word for
const asText = (values: readonly number[]): string =>
  Buffer.from(Float64Array.from(values).buffer).toString('base64');
const asNumbers = (text: string): Float64Array =>
  new Float64Array(Uint8Array.from(Buffer.from(text, 'base64')).buffer);
