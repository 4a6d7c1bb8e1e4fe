// Whether other work keeps this machine busy: then nothing measured now says how long a run takes.
import { readdirSync, readFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';

/** What there is to do on a machine. */
export interface MachineLoad {
  /** Processes that ran or wanted to, over the last minute. */
  readonly average: number;
  /** Threads of other processes that run or want to, right now; undefined where nothing tells. */
  readonly others: number | undefined;
  /** Of the whole machine, as the load is. */
  readonly cores: number;
}

/** How busy the machine is, as a remark: `load 5.5 on 2 cores`; undefined where it is not. */
export function busyMachine({ average, others = 0, cores } = machineLoad()): string | undefined {
  // the average lags by a minute: whoever works now counts as well
  if (average <= cores && others < cores) return undefined;
  const load = Math.max(average, others).toFixed(1);
  return `load ${load} on ${cores} core${cores === 1 ? '' : 's'}`;
}

export const machineLoad = (): MachineLoad => ({
  average: loadavg()[0] ?? 0,
  others: runningElsewhere(),
  cores: Math.max(1, cpus().length),
});

/** Linux: what the kernel counts as running, less this process's own threads. */
function runningElsewhere(): number | undefined {
  try {
    const running = Number(/ (\d+)\/\d+ /.exec(readFileSync('/proc/loadavg', 'utf8'))?.[1]);
    const own = readdirSync('/proc/self/task').filter(isRunning).length;
    return Number.isFinite(running) ? Math.max(0, running - own) : undefined;
  } catch {
    return undefined;
  }
}

/** The state stands behind the command's name, which may hold anything but ends with a bracket. */
function isRunning(thread: string): boolean {
  try {
    return /\) R [^)]*$/.test(readFileSync(`/proc/self/task/${thread}/stat`, 'utf8'));
  } catch {
    return false; // it ended meanwhile
  }
}
