// When a process started, to tell it from a later one with the same id. Linux says it in /proc;
// elsewhere an id has to be enough.
import { readFile } from 'node:fs/promises';

/** The field of /proc/PID/stat, counted after the name, that holds the start (proc(5), 22). */
const START_FIELD = 19;

/** The boot and the time of the start; undefined for a process that is gone, or unknown. */
export async function processStart(pid: number): Promise<string | undefined> {
  try {
    const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8');
    const stat = await readFile(`/proc/${pid}/stat`, 'utf8');
    // the name may hold spaces and brackets; it ends with the last of them
    const start = stat.slice(stat.lastIndexOf(')') + 2).split(' ')[START_FIELD];
    return start === undefined ? undefined : `${boot.trim()} ${start}`;
  } catch {
    return undefined;
  }
}
