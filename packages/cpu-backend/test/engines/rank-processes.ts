// Real processes for tests of engines, from a module that calls `serveRank`: they do jobs together,
// in groups of any of them, and can be killed.
import { fork, type ChildProcess, type ForkOptions } from 'node:child_process';
import { once } from 'node:events';
import { AutomodelError } from '@automodel/core';
import type { FromRank, GroupCall, ToRank } from './rank-messages.js';

/** How a job ended in one process. */
export interface JobResult {
  readonly result?: unknown;
  /** One line. */
  readonly error?: string;
}

interface Group {
  readonly members: readonly number[];
  readonly texts: Map<string, Map<number, string>>;
  readonly ends: ((result: JobResult) => void)[];
}

/** Started processes, numbered from 0. */
export class RankProcesses {
  readonly #children: readonly ChildProcess[];
  readonly #groups: Group[] = [];
  readonly #listeners = new Set<(child: number, text: string) => void>();

  constructor(count: number, module: URL, options: ForkOptions) {
    this.#children = Array.from({ length: count }, () => fork(module, options));
    this.#children.forEach((child, i) => {
      child.on('message', (message: FromRank) => this.#hear(i, message));
      child.on('exit', () => this.#lose(i));
    });
  }

  get pids(): readonly number[] {
    return this.#children.map(({ pid }) => pid!);
  }

  /** Starts a job in these processes, as one group in this order; how it ends in each. */
  call(
    name: string,
    argument: unknown,
    members: readonly number[] = this.#children.map((_, i) => i),
  ): readonly Promise<JobResult>[] {
    const group: Group = { members, texts: new Map(), ends: [] };
    const number = this.#groups.push(group) - 1;
    return members.map((member, rank) => {
      const end = new Promise<JobResult>((resolve) => group.ends.push(resolve));
      const size = members.length;
      this.#send(member, { kind: 'job', group: number, name, argument, size, rank });
      return end;
    });
  }

  /** Resolves when a process tells this. */
  told(child: number, text: string): Promise<void> {
    return new Promise((resolve) => {
      const listener = (from: number, said: string): void => {
        if (from !== child || said !== text) return;
        this.#listeners.delete(listener);
        resolve();
      };
      this.#listeners.add(listener);
    });
  }

  /** SIGKILL; the groups of the process hear that it was lost. */
  async kill(child: number): Promise<void> {
    const ended = this.#children[child]!;
    const exit = once(ended, 'exit');
    ended.kill('SIGKILL');
    await exit;
  }

  close(): void {
    for (const child of this.#children) if (child.connected) child.disconnect();
  }

  #send(child: number, message: ToRank): void {
    const process = this.#children[child]!;
    if (!process.connected) throw new AutomodelError('internal', `test process ${child} has ended`);
    process.send(message);
  }

  #hear(child: number, message: FromRank): void {
    if (message.kind === 'news')
      for (const listener of this.#listeners) listener(child, message.text);
    else if (message.kind === 'end') {
      const { members, ends } = this.#groups[message.group]!;
      const { result, error } = message;
      ends[members.indexOf(child)]!(error === undefined ? { result } : { error });
    } else this.#exchange(child, message);
  }

  #exchange(child: number, { group: number, channel, index, text }: GroupCall): void {
    const { members, texts } = this.#groups[number]!;
    const key = `${channel} ${index}`;
    const said = texts.get(key) ?? new Map<number, string>();
    texts.set(key, said.set(child, text));
    if (said.size < members.length) return;
    texts.delete(key);
    const all = members.map((member) => said.get(member)!);
    for (const member of members)
      this.#send(member, { kind: 'exchanged', group: number, channel, index, texts: all });
  }

  #lose(child: number): void {
    this.#groups.forEach(({ members, ends }, group) => {
      const rank = members.indexOf(child);
      if (rank === -1) return;
      const reason = `rank ${rank} has ended`;
      ends[rank]!({ error: reason });
      for (const member of members)
        if (this.#children[member]!.connected) this.#send(member, { kind: 'lost', group, reason });
    });
  }
}
