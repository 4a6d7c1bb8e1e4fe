// What control groups leave to this process: containers, Kubernetes, systemd and Slurm limit memory
// through them. Reads versions 1 and 2, and every group on the way up, because the smallest limit
// counts.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Files of one version, and the words of memory.stat for what is given back under pressure. */
interface Version {
  readonly isMount: (type: string, options: string) => boolean;
  readonly isOwn: (controllers: string) => boolean;
  readonly limits: readonly string[];
  readonly used: string;
  readonly reclaimable: readonly string[];
}

const VERSIONS: readonly Version[] = [
  {
    isMount: (type) => type === 'cgroup2',
    isOwn: (controllers) => controllers === '',
    limits: ['memory.max', 'memory.high'],
    used: 'memory.current',
    reclaimable: ['inactive_file', 'active_file', 'slab_reclaimable'],
  },
  {
    isMount: (type, options) => type === 'cgroup' && options.split(',').includes('memory'),
    isOwn: (controllers) => controllers.split(',').includes('memory'),
    limits: ['memory.limit_in_bytes'],
    used: 'memory.usage_in_bytes',
    reclaimable: ['total_inactive_file', 'total_active_file'],
  },
];

/** Version 1 writes a number near 2^63 for no limit. */
const NO_LIMIT = 2 ** 60;

const textOf = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
};

/**
 * Bytes that the groups of this process leave, caches of files not counted as used; undefined
 * without a limit. `root`: where /proc and /sys are.
 */
export function cgroupMemory(root = '/'): number | undefined {
  const left = VERSIONS.flatMap((version) =>
    groupsOf(version, root).flatMap((folder) => leftIn(folder, version)),
  );
  return left.length === 0 ? undefined : Math.max(0, Math.min(...left));
}

/** Folders of the groups, from the process's own up to the outermost that is visible. */
function groupsOf({ isMount, isOwn }: Version, root: string): string[] {
  const mount = textOf(join(root, 'proc/self/mountinfo'))
    .split('\n')
    .map((line) => {
      const [before = '', after = ''] = line.split(' - ');
      const [type = '', , options = ''] = after.split(' ');
      const [, , , start = '/', folder = ''] = before.split(' ');
      return { type, options, start, folder };
    })
    .find(({ type, options }) => isMount(type, options));
  const own = textOf(join(root, 'proc/self/cgroup'))
    .split('\n')
    .map((line) => /^\d+:([^:]*):(.*)$/.exec(line))
    .find((match) => match !== null && isOwn(match[1] ?? ''))?.[2];
  if (mount === undefined || own === undefined) return [];
  // a container may see a part of the tree only, or name its group from outside of it
  const inside = own.startsWith(mount.start) ? own.slice(mount.start.length) : '';
  const names = inside.split('/').filter((name) => name !== '' && name !== '..');
  return names
    .map((_, i) => join(root, mount.folder, ...names.slice(0, names.length - i)))
    .concat(join(root, mount.folder));
}

function leftIn(folder: string, { limits, used, reclaimable }: Version): number[] {
  const limit = Math.min(
    ...limits.map((file) => {
      const bytes = Number(textOf(join(folder, file)).trim() || NaN); // max: not a number
      return bytes < NO_LIMIT ? bytes : Infinity;
    }),
  );
  if (limit === Infinity) return [];
  const stat = textOf(join(folder, 'memory.stat'));
  const free = reclaimable.reduce(
    (sum, word) => sum + Number(new RegExp(`^${word} (\\d+)$`, 'm').exec(stat)?.[1] ?? 0),
    0,
  );
  return [limit - Math.max(0, Number(textOf(join(folder, used)).trim()) - free)];
}
