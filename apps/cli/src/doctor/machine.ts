// The facts about this machine that decide whether and how fast things run: Node, cores, memory,
// limits of the shell, GPUs. Where a file of the system is missing, what it would say is "not
// known".
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { availableParallelism, cpus, release, totalmem, type } from 'node:os';
import { join } from 'node:path';
import type { Diagnosis } from '@automodel/contracts';
import { availableMemory } from '@automodel/run';
import { counted, when } from '../render/sentence.js';
import { formatBytes } from '../render/units.js';

const OLDEST_NODE = [20, 19] as const;
const LITTLE_MEMORY = 2 ** 31;
const FEW_FILES = 1024;

const textOf = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
};

export function nodeAndSystem(version: string): Diagnosis[] {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const old = major < OLDEST_NODE[0] || (major === OLDEST_NODE[0] && minor < OLDEST_NODE[1]);
  return [
    { name: 'automodel', level: 'ok', text: version },
    {
      name: 'node',
      level: old ? 'fail' : 'ok',
      text: `${process.versions.node}, ${process.platform}-${process.arch}, ${type()} ${release()}`,
      ...(old ? { hint: `install Node ${OLDEST_NODE.join('.')} or newer` } : {}),
    },
  ];
}

export function processors(): Diagnosis {
  const [all, usable] = [cpus(), availableParallelism()];
  const model = all[0]?.model.trim() ?? 'not known';
  const limited = when(usable < all.length, ` of the machine's ${all.length} may be used`);
  return {
    name: 'processor',
    level: 'ok',
    text: `${model}; ${counted(usable, 'thread')}${limited}`,
  };
}

export function memory(): Diagnosis[] {
  const free = availableMemory();
  const swap = /^SwapTotal:\s+(\d+)[\s\S]*^SwapFree:\s+(\d+)/m.exec(textOf('/proc/meminfo'));
  const limit = process.constrainedMemory();
  const limited =
    limit > 0 && limit < totalmem() ? `, this process is limited to ${formatBytes(limit)}` : '';
  const little = free.bytes < LITTLE_MEMORY;
  return [
    {
      name: 'memory',
      level: little ? 'warn' : 'ok',
      text:
        `${formatBytes(free.bytes)} ${free.limitedBy}; the machine has ` +
        `${formatBytes(totalmem())}${limited}`,
      ...(little ? { hint: 'automodel plan says what a run takes' } : {}),
    },
    ...(swap === null
      ? []
      : [
          {
            name: 'swap',
            level: 'ok' as const,
            text:
              swap[1] === '0'
                ? 'none'
                : `${formatBytes(Number(swap[2]) * 1024)} free of ` +
                  `${formatBytes(Number(swap[1]) * 1024)}`,
          },
        ]),
  ];
}

/** Limits of the shell, where the system shows them. */
export function shellLimits(): Diagnosis[] {
  const limits = textOf('/proc/self/limits').split('\n');
  const soft = (name: string): string | undefined =>
    limits
      .find((line) => line.startsWith(name))
      ?.slice(name.length)
      .trim()
      .split(/\s+/)[0];
  const [files, locked, space] = [
    soft('Max open files'),
    soft('Max locked memory'),
    soft('Max address space'),
  ];
  if (files === undefined) return [];
  const shown = (value: string | undefined): string =>
    value === undefined || value === 'unlimited' ? 'unlimited' : formatBytes(Number(value));
  const [few, bounded] = [Number(files) < FEW_FILES, space !== undefined && space !== 'unlimited'];
  return [
    {
      name: 'limits',
      level: few || bounded ? 'warn' : 'ok',
      text: `open files ${files}, locked memory ${shown(locked)}, address space ${shown(space)}`,
      ...hintFor(few, bounded),
    },
  ];
}

function hintFor(few: boolean, bounded: boolean): Pick<Diagnosis, 'hint'> {
  if (bounded) return { hint: 'models are mapped into memory: ulimit -v unlimited' };
  return few ? { hint: `ulimit -n ${FEW_FILES}` } : {};
}

const LIBRARY_FOLDERS = [
  '/usr/lib/x86_64-linux-gnu',
  '/usr/lib/aarch64-linux-gnu',
  '/usr/lib64',
  '/usr/lib',
  '/usr/local/cuda/lib64',
  '/usr/lib/wsl/lib',
];
const CUDA_LIBRARIES = [
  'libcuda.so',
  'libcudart.so',
  'libcublas.so',
  'libcudnn.so',
  'libnccl.so',
  'libnvrtc.so',
];

function cudaLibraries(): string[] {
  const folders = [
    ...(process.env['LD_LIBRARY_PATH'] ?? '').split(':').filter((folder) => folder !== ''),
    ...LIBRARY_FOLDERS,
  ].filter((folder) => existsSync(folder));
  const names = folders.flatMap((folder) => {
    try {
      return readdirSync(folder).map((name) => join(folder, name));
    } catch {
      return [];
    }
  });
  return CUDA_LIBRARIES.flatMap(
    (library) => names.find((name) => name.includes(`/${library}`)) ?? [],
  );
}

/**
 * GPUs as nvidia-smi names them, and the libraries a CUDA backend would need. `hasBackend`: one is
 * installed.
 */
export function graphics(hasBackend: boolean): Diagnosis[] {
  const asked = spawnSync(
    'nvidia-smi',
    ['--query-gpu=name,memory.total,driver_version', '--format=csv,noheader'],
    { encoding: 'utf8', timeout: 3000 },
  );
  const gpus =
    asked.status === 0
      ? asked.stdout
          .trim()
          .split('\n')
          .filter((line) => line !== '')
      : [];
  const libraries = cudaLibraries();
  if (gpus.length === 0 && libraries.length === 0)
    return [{ name: 'GPU', level: 'ok', text: 'none found; runs use the processor' }];
  const text = [
    gpus.length === 0 ? 'no device that nvidia-smi shows' : gpus.join('; '),
    libraries.length === 0 ? 'no CUDA libraries' : libraries.join(', '),
  ].join('; ');
  return [
    hasBackend
      ? { name: 'GPU', level: 'ok', text }
      : {
          name: 'GPU',
          level: 'warn',
          text: `${text}. No CUDA backend is installed: runs use the processor`,
        },
  ];
}
