// The journeys of docs/architecture.md: for each, the files that something goes through, in order.
// Read from the tables of the page, so that what a reader sees is what is checked: the files exist,
// each is linked with the one it comes from, and the rooms (folders) on the way can be counted.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { SourceLinks } from './source-links.js';

/** A file of a journey. */
export interface Stop {
  readonly path: string;
  readonly room: string;
  /** 0: hands the thing on. More: is asked by the last stop above it of one less, and answers. */
  readonly depth: number;
}

export interface Journey {
  readonly name: string;
  readonly stops: readonly Stop[];
}

/** The page that has them, in the repository. */
export const JOURNEYS_PAGE = 'docs/architecture.md';

const HEADING = '## Five journeys';
const ROW = /^\| *((?:↳ *)*)`([^`]+)`/;

/** The journeys of a page: one a heading below "Five journeys", its stops the rows of a table. */
export function parseJourneys(markdown: string): readonly Journey[] {
  const [, section = ''] = markdown.split(`\n${HEADING}\n`);
  const [own = ''] = section.split(/\n## /);
  return own
    .split(/^### /m)
    .slice(1)
    .map((part) => {
      const [name = '', ...lines] = part.split('\n');
      const stops = lines.flatMap((line) => {
        const [, arrows = '', path] = ROW.exec(line) ?? [];
        if (path === undefined) return [];
        return [{ path, room: dirname(path), depth: arrows.split('↳').length - 1 }];
      });
      return { name: name.trim(), stops };
    });
}

/** Stops that do not exist, and those that nothing above links with, as lines. */
export function brokenStops(root: string, { name, stops }: Journey): readonly string[] {
  const missing = stops.filter(({ path }) => !existsSync(join(root, path)));
  if (missing.length > 0) return missing.map(({ path }) => `${name}: ${path} does not exist`);
  const links = new SourceLinks(root, (path) => readFileSync(join(root, path), 'utf8'));
  return stops
    .filter((stop, i) => i > 0 && !comesFrom(stops, i).some((path) => links.has(path, stop.path)))
    .map(({ path }) => `${name}: ${path} has no link with a stop that it may come from`);
}

/** The stop that asks this one; of one that hands on, those before it that do. */
function comesFrom(stops: readonly Stop[], index: number): readonly string[] {
  const own = stops[index]?.depth ?? 0;
  const before = stops.slice(0, index);
  const from =
    own === 0
      ? before.filter(({ depth }) => depth === 0)
      : [before.findLast(({ depth }) => depth === own - 1)];
  return from.flatMap((stop) => stop?.path ?? []);
}

/** Rooms of a journey, each once, in the order of the first visit. */
export const roomsOf = (stops: readonly Stop[]): readonly string[] => [
  ...new Set(stops.map(({ room }) => room)),
];

/** The stops that hand the thing on. */
export const wayOf = ({ stops }: Journey): readonly Stop[] =>
  stops.filter(({ depth }) => depth === 0);

/**
 * Rooms that are entered again after they were left. A room is not left while it waits for an
 * answer, nor between two stops after each other that the same stop asks.
 */
export function returnsOf(stops: readonly Stop[]): readonly string[] {
  const visited = new Set<string>();
  const returns = new Set<string>();
  stops.forEach(({ room, depth }, i) => {
    const before = stops.slice(0, i);
    const asking = before.findLast((stop) => stop.depth === depth - 1);
    const sibling = before.findLast((stop) => stop.depth <= depth);
    const stays = asking?.room === room || (sibling?.depth === depth && sibling.room === room);
    if (visited.has(room) && !stays) returns.add(room);
    visited.add(room);
  });
  return [...returns];
}
