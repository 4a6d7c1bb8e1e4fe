// Runs a command that several processes can share: starts them, or takes part as one of them, or
// runs alone. Whoever started this process, the command finds the others by `context.join`.
import type { JoinedGroup, Recognized, SupervisorLink } from '@automodel/distributed';
import { AutomodelError } from '@automodel/core';
import { note, type CliContext } from '../cli-context.js';
import type { Join } from '../processes.js';
import { causeOf } from './cause-of.js';
import { placesHere, type PlacesHere } from './places-here.js';
import { quietStreams } from './quiet-streams.js';

/** What a command gets that several processes may share. */
interface Sharing {
  readonly join: Join;
  readonly processCount: number;
}

/** A rank that has not ended by itself after that is killed, so that all are gone after ten. */
const KILL_AFTER_SECONDS = 8;

/** `wanted`: processes to start here. Returns the exit code. Errors: those of `body`. */
export async function onRanks<Context extends CliContext>(
  context: Context,
  wanted: number | undefined,
  body: (context: Context & Sharing) => Promise<number>,
): Promise<number> {
  const distributed = await import('@automodel/distributed');
  const supervisor = context.processes?.supervisor;
  const launched =
    supervisor === undefined ? distributed.recognizeLauncher(context.environment) : undefined;
  if (supervisor === undefined) {
    const places = placesHere(launched, wanted);
    if (places !== undefined) return supervise(context, places);
  }
  const isQuiet = (supervisor?.place.rank ?? rankOf(launched)) > 0;
  let joined: JoinedGroup | undefined;
  const join: Join = async (options) =>
    (joined ??= await distributed.joinRanks({
      ...options,
      environment: context.environment,
      supervisor,
      killAfterSeconds: KILL_AFTER_SECONDS,
      onNote: (text) => note(context, `note: ${text}`),
    }));
  const streams = isQuiet ? quietStreams(context.streams) : context.streams;
  try {
    return await body({ ...context, streams, join, processCount: sizeOf(supervisor, launched) });
  } catch (error) {
    const cause = causeOf(error, joined?.lost);
    await joined?.fail(cause);
    throw cause;
  } finally {
    await joined?.[Symbol.asyncDispose]();
  }
}

const sizeOf = (supervisor: SupervisorLink | undefined, launched: Recognized | undefined): number =>
  supervisor?.place.size ?? (launched?.kind === 'rank' ? launched.size : launched?.nodes.size) ?? 1;

const rankOf = (launched: Recognized | undefined): number =>
  launched?.kind === 'rank' ? launched.rank : (launched?.nodes.rank ?? 0);

async function supervise(context: CliContext, places: PlacesHere): Promise<number> {
  const { processes, streams } = context;
  if (processes === undefined)
    throw new AutomodelError('unsupported', 'several processes are started by the program only');
  const { Supervisor } = await import('@automodel/distributed');
  const supervisor = new Supervisor({
    ...places,
    command: processes.command,
    args: [...processes.args, ...processes.words],
    environment: process.env,
    killAfterSeconds: KILL_AFTER_SECONDS,
    write: (text) => streams.err.write(text),
    showError: (text) => streams.err.write(`${text}\n`),
  });
  const ended = supervisor.ended();
  processes.passSignals((signal, isLast) => {
    supervisor.signal(signal, isLast);
    return ended;
  });
  return await ended;
}
