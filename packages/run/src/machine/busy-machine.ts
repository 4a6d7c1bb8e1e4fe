// Whether other work keeps this machine busy: then nothing measured now says how long a run takes.
import { availableParallelism, loadavg } from 'node:os';

/** How busy the machine is, as a remark: `load 5.5 on 2 cores`; undefined where it is not. */
export function busyMachine(
  load = loadavg()[0] ?? 0,
  cores = availableParallelism(),
): string | undefined {
  return load > cores
    ? `load ${load.toFixed(1)} on ${cores} core${cores === 1 ? '' : 's'}`
    : undefined;
}
