// The folders of a package stand on floors: a file imports from its own folder and from floors
// below, types included, so that a reader can take the folders one after the other. Circles that
// exist are named in a list with the reason, and nothing is in the list without need.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findImports, importedFile } from './imports.js';
import { listFiles, readWorkspaces } from './workspace.js';

/** Folders that count as one with everything below them, by package. */
export const ONE_ROOM: Readonly<Record<string, string>> = {
  // Ops refer to each other in their gradients and decompositions.
  'packages/core': 'ops',
};

/** Circles that stay, as `folder: a <-> b`, and why. */
export const CIRCLES: Readonly<Record<string, string>> = {
  'packages/core: graph <-> ops <-> tensor':
    'a node holds its op, an op computes with tensors, a tensor has its trace and every op as a ' +
    'method',
};

/** Folders that need each other, and the imports between them, one for each direction. */
export interface Circle {
  readonly rooms: readonly string[];
  readonly imports: readonly string[];
}

/** From room to room, the first import that goes this way. */
type Arrows = ReadonlyMap<string, ReadonlyMap<string, string>>;

/**
 * All circles among the folders below `folder`. `oneRoom` and what lies below it is one folder; a
 * file beside the folders is a folder of its own.
 */
export function findCircles(folder: string, oneRoom?: string): readonly Circle[] {
  const arrows = findArrows(folder, oneRoom);
  const above = new Map([...arrows.keys()].map((room) => [room, roomsBelow(arrows, room)]));
  const circles = new Map<string, Circle>();
  for (const [room, below] of above) {
    const rooms = [...below].filter((other) => above.get(other)?.has(room) === true).sort();
    if (rooms.length === 0) continue;
    const imports = rooms.flatMap((from) =>
      [...(arrows.get(from) ?? [])].filter(([to]) => rooms.includes(to)).map(([, text]) => text),
    );
    circles.set(rooms.join(' <-> '), { rooms, imports });
  }
  return [...circles.values()];
}

/**
 * What is wrong below `root`, one line each: circles without a reason, and reasons without their
 * circle.
 */
export function checkFloors(
  root: string,
  oneRoom: Readonly<Record<string, string>>,
  reasons: Readonly<Record<string, string>>,
): readonly string[] {
  const found = readWorkspaces(root).flatMap(({ folder }) =>
    findCircles(join(root, folder, 'src'), oneRoom[folder]).map(({ rooms, imports }) => ({
      name: `${folder}: ${rooms.join(' <-> ')}`,
      imports,
    })),
  );
  const unexplained = found
    .filter(({ name }) => reasons[name] === undefined)
    .map(({ name, imports }) => `${name}: ${imports.join(', ')}`);
  const needless = Object.keys(reasons)
    .filter((name) => !found.some((circle) => circle.name === name))
    .map((name) => `${name}: is no circle: take it off the list`);
  return [...unexplained, ...needless];
}

function findArrows(folder: string, oneRoom: string | undefined): Arrows {
  const roomOf = (path: string): string => {
    if (oneRoom !== undefined && path.startsWith(`${oneRoom}/`)) return oneRoom;
    return dirname(path) === '.' ? path : dirname(path);
  };
  const arrows = new Map<string, Map<string, string>>();
  for (const path of listFiles(folder, ['.ts'])) {
    const from = roomOf(path);
    const leaving = arrows.get(from) ?? new Map<string, string>();
    arrows.set(from, leaving);
    for (const { specifier, line } of findImports(path, readFileSync(join(folder, path), 'utf8'))) {
      if (!specifier.startsWith('.')) continue;
      const target = importedFile(path, specifier);
      const to = roomOf(target);
      if (to !== from && !leaving.has(to)) leaving.set(to, `${path}:${line} -> ${target}`);
    }
  }
  return arrows;
}

/** Every room that `room` needs, directly or through others. */
function roomsBelow(arrows: Arrows, room: string): ReadonlySet<string> {
  const below = new Set<string>();
  const open = [room];
  for (let next = open.pop(); next !== undefined; next = open.pop())
    for (const to of arrows.get(next)?.keys() ?? [])
      if (!below.has(to)) {
        below.add(to);
        open.push(to);
      }
  return below;
}
