// How fast runs were on this machine: the best speed of each kind of work, kept in the cache
// folder, from which plans say about how long a run will take. A courtesy: a cache that cannot be
// read or written changes nothing else.
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { defaultCacheDirectory } from '@automodel/data';
import { isMapping } from '@automodel/recipe';

/** Work that runs at a speed of its own. */
export interface KindOfWork {
  /** The device, its instruction set and how many threads work. */
  readonly device: string;
  readonly precision: string;
  /** What is trained: `full`, or the name of an adapter. */
  readonly trained: string;
  /** Arithmetic of an optimizer step: small ones are slower than their arithmetic. */
  readonly flops: number;
}

const FILE = 'speed.json';
/** Steps that differ by less than this factor count as one kind. */
const SIZE = 4;

const fileOf = (directory: string): string => join(directory, '..', FILE);
const sizeOf = (flops: number): number => Math.round(Math.log(flops) / Math.log(SIZE));
const nameOf = ({ device, precision, trained }: KindOfWork): string =>
  [device, precision, trained].join(', ');

type Speeds = Readonly<Record<string, Readonly<Record<string, number>>>>;

async function readSpeeds(directory: string): Promise<Speeds> {
  const parsed: unknown = await readFile(fileOf(directory), 'utf8')
    .then(JSON.parse)
    .catch(() => ({}));
  if (!isMapping(parsed)) return {};
  const kinds = Object.entries(parsed).map(([name, sizes]): [string, Record<string, number>] => [
    name,
    Object.fromEntries(
      Object.entries(isMapping(sizes) ? sizes : {}).filter(
        (entry): entry is [string, number] => typeof entry[1] === 'number' && entry[1] > 0,
      ),
    ),
  ]);
  return Object.fromEntries(kinds);
}

/**
 * Seconds of a step of this kind at the best speed seen here, of the kind's nearest size; undefined
 * where nothing like it has run.
 */
export async function seenSeconds(
  kind: KindOfWork,
  directory = defaultCacheDirectory(),
): Promise<number | undefined> {
  const sizes = Object.entries((await readSpeeds(directory))[nameOf(kind)] ?? {});
  const own = sizeOf(kind.flops);
  const distance = ([size]: [string, number]): number => Math.abs(Number(size) - own);
  const [nearest] = sizes.sort((a, b) => distance(a) - distance(b));
  return nearest === undefined ? undefined : kind.flops / nearest[1];
}

/** Keeps the speed of a run whose steps took `seconds`, where it is the best of its kind. */
export async function rememberSpeed(
  kind: KindOfWork,
  seconds: readonly number[],
  directory = defaultCacheDirectory(),
): Promise<void> {
  // the first step warms up; a tenth of the others may be lucky, the next one is typical
  const sorted = seconds.slice(1).sort((a, b) => a - b);
  const best = sorted[Math.floor(sorted.length / 10)];
  if (best === undefined || !(best > 0) || !(kind.flops > 0)) return;
  try {
    const speeds = await readSpeeds(directory);
    const [name, size] = [nameOf(kind), String(sizeOf(kind.flops))];
    const before = speeds[name]?.[size] ?? 0;
    const speed = kind.flops / best;
    if (speed <= before) return;
    const all = { ...speeds, [name]: { ...speeds[name], [size]: speed } };
    const file = fileOf(directory);
    await mkdir(join(file, '..'), { recursive: true });
    await writeFile(`${file}.${process.pid}`, `${JSON.stringify(all, undefined, 2)}\n`);
    await rename(`${file}.${process.pid}`, file);
  } catch {
    // the next run is planned without it
  }
}
