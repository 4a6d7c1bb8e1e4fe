// Passes the events of a run on, and writes its profile as soon as all steps of it are measured, or
// when the run ends before. A profile that cannot be written does not end the run.
import type { ProfileEvent, RunEvent } from '../events/run-events.js';
import type { OpenedRun } from '../open/opened-run.js';
import { writeProfile, type RunProfile } from '../profile/run-profile.js';

type Needs = Pick<OpenedRun, 'backend' | 'host'>;

/** Errors: those of `events`. */
export async function* profiled(
  run: Needs,
  profile: RunProfile,
  events: AsyncIterable<RunEvent>,
): AsyncGenerator<RunEvent, void, undefined> {
  let isWritten = false;
  for await (const event of events) {
    if (event.type === 'done' && !isWritten) yield await profileOf(run, profile);
    yield event;
    if (event.type !== 'step' || isWritten || !profile.profiler.isComplete) continue;
    isWritten = true;
    yield await profileOf(run, profile);
  }
}

async function profileOf({ backend, host }: Needs, profile: RunProfile): Promise<ProfileEvent> {
  const { path, profiler } = profile;
  if (profiler.steps.length === 0)
    return { type: 'profile', path, problem: 'no step was measured' };
  try {
    const context = { backend: await backend(), rank: host.rank };
    return { type: 'profile', path, summary: await writeProfile(profile, context) };
  } catch (error) {
    return { type: 'profile', path, problem: (error as Error).message };
  }
}
