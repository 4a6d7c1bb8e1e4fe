// What the thread of the rendezvous and the main thread say to each other.
import type { Call, ErrorData, Member } from '../wire/messages.js';
import type { Address, SecretSource } from './shared-secret.js';

/** What the thread is started with. */
export interface WorkerInput {
  readonly rank: number;
  readonly size: number;
  readonly machine: string;
  readonly secret: SecretSource;
  /** Where the first process listens. Absent: as the file of the secret says. */
  readonly address: Address | undefined;
  /** Milliseconds. */
  readonly timeout: number;
  /** The process that started this one; when it is gone, nobody wants the result any more. */
  readonly parent: number | undefined;
  /** The process is killed if it has not left so many milliseconds after the run was lost. */
  readonly killAfter: number | undefined;
}

export type ToWorker =
  | ({ readonly type: 'call'; readonly text: string } & Call)
  /** This process ends by an error. */
  | { readonly type: 'fail'; readonly message: string }
  | { readonly type: 'leave' };

export type FromWorker =
  /** The first process listens. */
  | { readonly type: 'listening'; readonly port: number }
  /** All are there. */
  | { readonly type: 'joined'; readonly members: readonly Member[] }
  /** What every process gave to a call. */
  | ({ readonly type: 'answer'; readonly texts: readonly string[] } & Call)
  | { readonly type: 'note'; readonly text: string }
  | { readonly type: 'lost'; readonly error: ErrorData }
  /** Everything has been sent; the thread ends. */
  | { readonly type: 'left' };
