// What a command gets besides its options: where to write, where relative paths start, what ends
// it, and which plugins there are.
import type { Plugin } from '@automodel/run';
import type { ModelSession } from '@automodel/session';
import type { Command } from 'commander';
import type { Join, Processes } from './processes.js';
import type { Input } from './terminal/line-input.js';
import type { Streams } from './terminal/streams.js';

/** What a command gets besides its options. */
export interface CliContext {
  readonly streams: Streams;
  /** Where lines are read from; absent: the process's stdin. */
  readonly input?: Input | undefined;
  readonly workingDirectory: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Aborted when the user wants the command to end after what it is doing. */
  readonly signal: AbortSignal;
  /** Called by a command that goes on until `signal`: this then ends it and interrupts nothing. */
  readonly expectStop?: (() => void) | undefined;
  /** Absent: no other processes can be started. */
  readonly processes?: Processes | undefined;
  /** Shows an error in place of a line on `err`. */
  readonly showError?: ((shown: ShownError) => Promise<void>) | undefined;
  /** Plugin objects that come before installed packages. */
  readonly plugins?: readonly Plugin[] | undefined;
}

/** An error that has ended a command. */
export interface ShownError {
  readonly error: unknown;
  /** What a person sees. */
  readonly text: string;
  readonly code: number;
}

/** The same, and the whole grammar. */
export interface CommandContext extends CliContext {
  readonly commandLine: Command;
  /** The processes that share the command; absent where it is for one. */
  readonly join?: Join | undefined;
  /** How many they are, before they have met; absent: one. */
  readonly processCount?: number | undefined;
}

/** One line of JSON on `out`. */
export const writeJson = (context: CliContext, value: unknown): void =>
  context.streams.out.writeExact(`${JSON.stringify(value)}\n`);

/** A line of progress or a remark. */
export const note = (context: CliContext, text: string): void =>
  context.streams.err.write(`${text}\n`);

/** Writes a model's notes before it is run. */
export function noteRecorded(
  context: CliContext,
  { model, notes }: Pick<ModelSession, 'model' | 'notes'>,
): void {
  if (model.notes !== undefined) for (const text of notes) note(context, `note: ${text}`);
}
