// What test processes and their parent say to each other.

/** A call of one process to all of its group: the `index`-th on a channel. */
export interface GroupCall {
  readonly kind: 'exchange';
  readonly group: number;
  readonly channel: string;
  readonly index: number;
  readonly text: string;
}

/** How a job ended; errors as their one line. */
export interface JobEnd {
  readonly kind: 'end';
  readonly group: number;
  readonly result?: unknown;
  readonly error?: string;
}

/** News of a process in the midst of a job. */
export interface News {
  readonly kind: 'news';
  readonly text: string;
}

export type FromRank = GroupCall | JobEnd | News;

export type ToRank =
  | {
      readonly kind: 'job';
      readonly group: number;
      readonly name: string;
      readonly argument: unknown;
      readonly size: number;
      readonly rank: number;
    }
  | {
      readonly kind: 'exchanged';
      readonly group: number;
      readonly channel: string;
      readonly index: number;
      readonly texts: readonly string[];
    }
  | { readonly kind: 'lost'; readonly group: number; readonly reason: string };
