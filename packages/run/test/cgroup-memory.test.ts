import { mkdir, mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { cgroupMemory } from '../src/machine/cgroup-memory.js';

const GIB = 2 ** 30;

/** A tree with these files. */
async function system(files: Readonly<Record<string, string | number>>): Promise<string> {
  const root = await mkdtemp(join(tmpdir(), 'cgroup-'));
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(root, name)), { recursive: true });
    await writeFile(join(root, name), `${text}\n`);
  }
  return root;
}

const V2 = {
  'proc/self/mountinfo':
    '22 1 0:20 / /proc rw - proc proc rw\n' +
    '30 22 0:26 / /sys/fs/cgroup rw shared:4 - cgroup2 cgroup2 rw',
  'proc/self/cgroup': '0::/kubepods/pod7/box',
};
const BOX = 'sys/fs/cgroup/kubepods/pod7/box';

test('without a limit, or without control groups, nothing is said', async () => {
  expect(cgroupMemory(await system({}))).toBeUndefined();
  const root = await system({
    ...V2,
    [`${BOX}/memory.max`]: 'max',
    [`${BOX}/memory.high`]: 'max',
    [`${BOX}/memory.current`]: GIB,
  });
  expect(cgroupMemory(root)).toBeUndefined();
});

test('the smallest limit on the way up counts, memory.high as well as memory.max', async () => {
  const files = {
    ...V2,
    [`${BOX}/memory.max`]: 8 * GIB,
    [`${BOX}/memory.current`]: GIB,
    'sys/fs/cgroup/kubepods/pod7/memory.max': 6 * GIB,
    'sys/fs/cgroup/kubepods/pod7/memory.current': 2 * GIB,
  };
  expect(cgroupMemory(await system(files))).toBe(4 * GIB);
  const high = { ...files, [`${BOX}/memory.high`]: 3 * GIB };
  expect(cgroupMemory(await system(high))).toBe(2 * GIB);
  const above = {
    ...files,
    'sys/fs/cgroup/memory.max': 5 * GIB,
    'sys/fs/cgroup/memory.current': 4.5 * GIB,
  };
  expect(cgroupMemory(await system(above))).toBe(GIB / 2);
});

test('caches of files do not count as used; a group over its limit leaves nothing', async () => {
  const stat =
    `anon ${GIB}\nfile ${3 * GIB}\ninactive_file ${2 * GIB}\nactive_file ${GIB}\n` +
    'slab_reclaimable 1024';
  const files = {
    ...V2,
    [`${BOX}/memory.max`]: 5 * GIB,
    [`${BOX}/memory.current`]: 4 * GIB + 1024,
    [`${BOX}/memory.stat`]: stat,
  };
  expect(cgroupMemory(await system(files))).toBe(4 * GIB);
  expect(cgroupMemory(await system({ ...files, [`${BOX}/memory.max`]: 1000 }))).toBe(0);
});

test('a container that sees only its own group', async () => {
  // Docker: the process's group is named as outside, but mounted as the root
  const root = await system({
    'proc/self/mountinfo':
      '40 22 0:26 /docker/abc /sys/fs/cgroup ro - cgroup2 cgroup rw\n' +
      '41 40 0:27 / /tmp rw - tmpfs t rw',
    'proc/self/cgroup': '0::/docker/abc',
    'sys/fs/cgroup/memory.max': 2 * GIB,
    'sys/fs/cgroup/memory.current': GIB,
  });
  expect(cgroupMemory(root)).toBe(GIB);
  const outside = await system({
    'proc/self/mountinfo': '40 22 0:26 / /sys/fs/cgroup ro - cgroup2 cgroup rw',
    'proc/self/cgroup': '0::/../other',
    'sys/fs/cgroup/memory.max': 2 * GIB,
    'sys/fs/cgroup/memory.current': GIB,
  });
  expect(cgroupMemory(outside)).toBe(GIB);
});

test('version 1', async () => {
  const files = {
    'proc/self/mountinfo':
      '31 22 0:28 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu,cpuacct\n' +
      '32 22 0:29 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory',
    'proc/self/cgroup': '5:cpu,cpuacct:/other\n4:memory:/job/step\n0::/',
    'sys/fs/cgroup/memory/job/step/memory.limit_in_bytes': '9223372036854771712',
    'sys/fs/cgroup/memory/job/step/memory.usage_in_bytes': GIB,
    'sys/fs/cgroup/memory/job/memory.limit_in_bytes': 4 * GIB,
    'sys/fs/cgroup/memory/job/memory.usage_in_bytes': 2 * GIB,
    'sys/fs/cgroup/memory/job/memory.stat': `total_inactive_file ${GIB}\ntotal_active_file 0`,
  };
  expect(cgroupMemory(await system(files))).toBe(3 * GIB);
});
