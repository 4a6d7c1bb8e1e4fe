// Which process this is, so that another one can tell whether it still runs: host and process id
// mean something only on one kernel and in one namespace of ids, and an id is given out again.
// Linux says all of it in /proc; elsewhere host and id have to be enough.
import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';

/** A process, as its lock describes it. */
export interface ProcessIdentity {
  readonly host: string;
  readonly pid: number;
  /** Identifies the running kernel: the id of its boot. Containers of one machine share it. */
  readonly boot?: string | undefined;
  /** The namespace that `pid` belongs to. */
  readonly pidNamespace?: string | undefined;
  /** When the process started, in the kernel's clock ticks. */
  readonly started?: string | undefined;
}

/** This process. */
export async function ownIdentity(): Promise<ProcessIdentity> {
  const { pid } = process;
  const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8').catch(() => undefined);
  const stat = await processStat(pid);
  return {
    host: hostname(),
    pid,
    boot: boot?.trim(),
    pidNamespace: await readlink('/proc/self/ns/pid').catch(() => undefined),
    started: stat?.started,
  };
}

/** Whether two processes run, or ran, on one kernel. */
export const onOneKernel = (a: ProcessIdentity, b: ProcessIdentity): boolean =>
  a.boot === undefined || b.boot === undefined
    ? a.boot === b.boot && a.host === b.host
    : a.boot === b.boot;

/**
 * Whether `other` still runs, by its id; undefined where `own` cannot know that, because ids mean
 * something else there. A zombie does not run.
 */
export async function runsById(
  other: ProcessIdentity,
  own: ProcessIdentity,
): Promise<boolean | undefined> {
  if (!onOneKernel(other, own) || other.pidNamespace !== own.pidNamespace) return undefined;
  const stat = await processStat(other.pid);
  if (stat === undefined) return hasProcess(other.pid);
  const isSame = other.started === undefined || stat.started === other.started;
  return isSame && !GONE.includes(stat.state);
}

/** States of processes that have ended (proc(5)). */
const GONE: readonly string[] = ['Z', 'X', 'x'];
/** The fields of /proc/PID/stat after the name: the state, and the start (proc(5), 3 and 22). */
const [STATE_FIELD, START_FIELD] = [0, 19];

async function processStat(
  pid: number,
): Promise<{ readonly state: string; readonly started: string } | undefined> {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  // the name may hold spaces and brackets; it ends with the last of them
  const fields = text?.slice(text.lastIndexOf(')') + 2).split(' ') ?? [];
  const [state, started] = [fields[STATE_FIELD], fields[START_FIELD]];
  return state === undefined || started === undefined ? undefined : { state, started };
}

function hasProcess(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (cause) {
    return (cause as NodeJS.ErrnoException).code === 'EPERM';
  }
}
