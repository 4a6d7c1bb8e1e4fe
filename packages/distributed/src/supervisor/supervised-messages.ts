// What a supervisor and the processes that it has started say to each other.
import type { Ranks } from '@automodel/contracts';
import type { Address } from '../rendezvous/shared-secret.js';

/** The variable that tells a process its place, as JSON. */
export const SUPERVISED = 'AUTOMODEL_SUPERVISED';

/** What the variable says. */
export interface SupervisedPlace extends Ranks {
  readonly local: Ranks;
  /** The process that supervises. A process of another one has only inherited the variable. */
  readonly supervisor: number;
  /** Absent: the first process chooses a port of this machine, and the supervisor passes it on. */
  readonly address?: Address | undefined;
  /** Absent: as for processes that are not supervised. */
  readonly secret?: string | undefined;
}

/** Signals that a supervisor passes on. */
export type PassedSignal = 'SIGHUP' | 'SIGINT' | 'SIGTERM';

export type ToSupervisor =
  | { readonly type: 'listening'; readonly port: number }
  | { readonly type: 'where' }
  /** The command has ended by itself. */
  | { readonly type: 'ended'; readonly code: number }
  /** It has failed. `isConsequence`: because of another process. */
  | {
      readonly type: 'failed';
      readonly code: number;
      readonly text: string;
      readonly isConsequence: boolean;
    };

export type FromSupervisor =
  | { readonly type: 'port'; readonly port: number }
  /** `isLast`: the process has to end at once. */
  | { readonly type: 'signal'; readonly signal: PassedSignal; readonly isLast: boolean };
