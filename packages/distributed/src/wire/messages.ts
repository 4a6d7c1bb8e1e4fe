// What processes of a run send each other. Long texts travel beside a message, as its body.

/** Changes with every change of the messages. */
export const PROTOCOL = 1;

/** A process as the others name it. */
export interface Member {
  readonly rank: number;
  /** The name of its machine. */
  readonly machine: string;
  readonly process: number;
}

/** An error between threads and processes. */
export interface ErrorData {
  readonly code: 'bad-argument' | 'conflict' | 'internal' | 'io' | 'network' | 'unsupported';
  readonly message: string;
  readonly hint?: string | undefined;
}

/** A call of one process. All processes make the same calls on a channel, in the same order. */
export interface Call {
  readonly channel: string;
  /** Counts the calls of the channel, from 0. */
  readonly sequence: number;
  /** What is called, so that calls that do not belong together are noticed. */
  readonly what: string;
}

export type Message =
  /** The first process, to whoever connects. */
  | { readonly type: 'greeting'; readonly protocol: number; readonly nonce: string }
  /** The answer: who connects, and that it knows the secret. */
  | ({
      readonly type: 'introduction';
      readonly protocol: number;
      readonly size: number;
      readonly nonce: string;
      readonly proof: string;
    } & Member)
  /** That the first process knows the secret too. */
  | ({ readonly type: 'welcome'; readonly proof: string } & Member)
  | { readonly type: 'refused'; readonly because: 'secret' | 'protocol' }
  /** All are there. */
  | { readonly type: 'complete'; readonly members: readonly Member[] }
  | { readonly type: 'beat' }
  | ({ readonly type: 'call' } & Call)
  /** What process `rank` gave to a call; one for each process. */
  | ({ readonly type: 'part'; readonly rank: number } & Call)
  /** The process ends by this error. */
  | { readonly type: 'failed'; readonly message: string }
  /** The run cannot go on. */
  | { readonly type: 'lost'; readonly error: ErrorData }
  /** The process leaves, having done its part. */
  | { readonly type: 'goodbye' };

/** `rank 3 (host, process 1234)`. */
export const nameOf = ({ rank, machine, process }: Member): string =>
  `rank ${rank} (${machine}, process ${process})`;
