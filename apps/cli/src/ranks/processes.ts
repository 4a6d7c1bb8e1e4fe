// How a command line starts others like itself, and who has started it: what the process gives to
// commands that several processes share.
import type { SupervisorLink } from '@automodel/distributed';

/** A signal that has to reach other processes; resolves when they have ended. */
export type PassSignal = (
  signal: 'SIGHUP' | 'SIGINT' | 'SIGTERM',
  isLast: boolean,
) => Promise<unknown>;

export interface Processes {
  /** Runs this program; the words of the command follow `args`. */
  readonly command: string;
  readonly args: readonly string[];
  /** The words of this command. */
  readonly words: readonly string[];
  /** Of a process that another one supervises. */
  readonly supervisor: SupervisorLink | undefined;
  /** From now on signals are for the processes that this one has started. */
  passSignals(pass: PassSignal): void;
}
