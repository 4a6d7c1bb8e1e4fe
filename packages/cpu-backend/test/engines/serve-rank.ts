// A test process that does jobs together with others: its host group goes through the parent, which
// started it as one of `RankProcesses`.
import process from 'node:process';
import type { HostGroup, Ranks } from '@automodel/contracts';
import { AutomodelError } from '@automodel/core';
import type { FromRank, ToRank } from './rank-messages.js';

/** What a job is done with. */
export interface JobContext {
  readonly host: HostGroup;
  /** Tells the parent something in the midst of the job. */
  tell(text: string): void;
}

/** A job by name; the argument and the result travel as JSON. */
export type Jobs = Readonly<
  Record<string, (argument: never, context: JobContext) => Promise<unknown>>
>;

const send = (message: FromRank): void => void process.send!(message);

/** A call that has no answer yet. */
interface Waiting {
  resolve(texts: readonly string[]): void;
  reject(reason: unknown): void;
}

/** A host group of this process; each call waits for the parent's answer. */
class ForkedHost {
  readonly #group: number;
  readonly #ranks: Ranks;
  readonly #lost = new AbortController();
  readonly #waiting = new Map<string, Waiting>();
  readonly #calls = new Map<string, number>();

  constructor(group: number, ranks: Ranks) {
    this.#group = group;
    this.#ranks = ranks;
  }

  answer(channel: string, index: number, texts: readonly string[]): void {
    const key = `${channel} ${index}`;
    this.#waiting.get(key)?.resolve(texts);
    this.#waiting.delete(key);
  }

  lose(reason: string): void {
    const error = new AutomodelError('aborted', reason);
    this.#lost.abort(error);
    for (const { reject } of this.#waiting.values()) reject(error);
    this.#waiting.clear();
  }

  #exchange(channel: string, text: string): Promise<readonly string[]> {
    const index = this.#calls.get(channel) ?? 0;
    this.#calls.set(channel, index + 1);
    const { signal } = this.#lost;
    return new Promise((resolve, reject) => {
      if (signal.aborted) return reject(signal.reason as Error);
      this.#waiting.set(`${channel} ${index}`, { resolve, reject });
      send({ kind: 'exchange', group: this.#group, channel, index, text });
    });
  }

  on(channel: string): HostGroup {
    return {
      ...this.#ranks,
      local: this.#ranks,
      lost: this.#lost.signal,
      exchange: (text) => this.#exchange(channel, text),
      sum: async (values) => {
        const texts = await this.#exchange(channel, JSON.stringify(values));
        const all = texts.map((text) => JSON.parse(text) as readonly number[]);
        return values.map((_, i) => all.reduce((total, of) => total + of[i]!, 0));
      },
      barrier: async () => void (await this.#exchange(channel, '')),
      channel: (name) => this.on(`${channel}/${name}`),
    };
  }
}

const lineOf = (error: unknown): string =>
  error instanceof AutomodelError
    ? [error.message, ...(error.hint === undefined ? [] : [`(${error.hint})`])].join(' ')
    : String(error instanceof Error ? error.stack : error);

/** Does jobs until the parent ends or closes the connection. */
export function serveRank(jobs: Jobs): void {
  const hosts = new Map<number, ForkedHost>();
  process.on('disconnect', () => process.exit());
  process.on('message', (message: ToRank) => {
    if (message.kind === 'exchanged')
      hosts.get(message.group)?.answer(message.channel, message.index, message.texts);
    else if (message.kind === 'lost') hosts.get(message.group)?.lose(message.reason);
    else {
      const { group, name, argument, size, rank } = message;
      const forked = new ForkedHost(group, { size, rank });
      hosts.set(group, forked);
      const context: JobContext = {
        host: forked.on('main'),
        tell: (text) => send({ kind: 'news', text }),
      };
      const job = async () => jobs[name]!(argument as never, context);
      job().then(
        (result) => send({ kind: 'end', group, result }),
        (error: unknown) => send({ kind: 'end', group, error: lineOf(error) }),
      );
    }
  });
}
