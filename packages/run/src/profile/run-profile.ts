// The profile that a run makes: which steps are measured, and the trace that is written of them. Each
// process of a run measures itself and writes a file of its own.
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join, parse, resolve } from 'node:path';
import { putInPlace } from '@automodel/checkpoint';
import {
  chromeTrace,
  Profiler,
  profileSummary,
  type ProfilerOptions,
  type ProfileSummary,
  type TraceContext,
} from '@automodel/train';

/** What is to be profiled, and where the trace goes. */
export interface ProfileOptions extends Pick<ProfilerOptions, 'warmup' | 'active'> {
  /** Processes after the first write beside it: `trace.rank1.json` for `trace.json`. */
  readonly file: string;
}

/** A profile in the making. */
export interface RunProfile {
  readonly profiler: Profiler;
  /** Of this process's trace. Absolute. */
  readonly path: string;
}

/** `trace.json` for the first process, `trace.rank1.json` for the next one. */
export function profilePath(file: string, rank: number): string {
  if (rank === 0) return file;
  const { dir, name, ext } = parse(file);
  return join(dir, `${name}.rank${rank}${ext}`);
}

/** Errors: `bad-argument` for impossible numbers of steps. */
export const openProfile = (
  options: ProfileOptions,
  { workingDirectory, rank }: { readonly workingDirectory: string; readonly rank: number },
): RunProfile => ({
  profiler: new Profiler(options),
  path: resolve(workingDirectory, profilePath(options.file, rank)),
});

/** Writes the trace in one step, and makes its folder. Errors: `io`. */
export const writeProfile = (
  { path, profiler: { steps } }: RunProfile,
  context: TraceContext,
): Promise<ProfileSummary> =>
  putInPlace(path, async (beside) => {
    await mkdir(dirname(path), { recursive: true });
    await writeFile(beside, chromeTrace(steps, context));
    return profileSummary(steps, context.backend.devices()[0]!);
  });
