// How a command line starts others like itself, and who has started it: what the process gives to
// commands that several processes share.
import type { JoinedGroup, JoinOptions, SupervisorLink } from '@automodel/distributed';

/** What a command says about how its processes meet. */
export type MeetingOptions = Pick<JoinOptions, 'folder' | 'timeoutMinutes' | 'initMethod'>;
/** The processes that share a command; undefined for one that is alone. */
export type Join = (options?: MeetingOptions) => Promise<JoinedGroup | undefined>;

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
