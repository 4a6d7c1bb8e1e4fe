// What `automodel launch` knows of a job before it is written for one system.
import type { ClusterJob, SubmitProgram } from '@automodel/distributed';

export interface LaunchRequest {
  /** The recipe's file as typed, and its text. */
  readonly file: string;
  readonly recipe: string;
  readonly directory: string;
  readonly runFolder: string;
  readonly job: Omit<ClusterJob, 'command'>;
  /** The command that trains: how automodel is started, then the recipe as it is found there. */
  readonly commandWith: (program: readonly string[], recipe: string) => readonly string[];
}

/** A script or manifest, and the program that takes it. */
export interface ClusterText {
  readonly text: string;
  readonly program: SubmitProgram;
}

/** How long a job may take to finish its step and save, where nothing is said. */
export const GRACE_SECONDS = 120;
