// The journeys of docs/architecture.md lead through files that exist and know each other, and
// through few rooms.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  brokenStops,
  JOURNEYS_PAGE,
  parseJourneys,
  returnsOf,
  roomsOf,
  wayOf,
  type Journey,
} from '../src/journeys.js';
import { repositoryRoot } from '../src/workspace.js';
import { fakeTree } from './fake-tree.js';

const journeys = parseJourneys(readFileSync(join(repositoryRoot, JOURNEYS_PAGE), 'utf8'));

function journeyNamed(name: string): Journey {
  const journey = journeys.find((one) => one.name === name);
  if (journey === undefined) throw new Error(`no journey is called "${name}"`);
  return journey;
}

describe('the repository', () => {
  it('has five journeys', () => {
    expect(journeys.map(({ name }) => name)).toEqual([
      'A recipe becomes a run',
      'A row becomes part of a batch',
      'A parameter reaches a kernel',
      'A loss reaches the console',
      'A result is exported',
    ]);
    for (const { stops } of journeys) expect(stops.length).toBeGreaterThan(8);
  });

  it.each(journeys.map((journey) => [journey.name, journey] as const))('%s', (_, journey) => {
    expect(brokenStops(repositoryRoot, journey)).toEqual([]);
  });

  it('takes a recipe to its run through at most 6 rooms, none twice', () => {
    const { stops } = journeyNamed('A recipe becomes a run');
    const way = wayOf({ name: '', stops });
    expect(roomsOf(way).length).toBeLessThanOrEqual(6);
    expect(returnsOf(way)).toEqual([]);
    // with the rooms that are asked on the way; these numbers may only fall
    expect(roomsOf(stops).length).toBeLessThanOrEqual(12);
    expect(returnsOf(stops)).toEqual(['packages/recipe/src/overrides', 'packages/recipe/src/yaml']);
  });

  it('takes a row to its batch through at most 8 rooms, none twice, whoever is asked', () => {
    const { stops } = journeyNamed('A row becomes part of a batch');
    expect(roomsOf(stops).length).toBeLessThanOrEqual(8);
    expect(returnsOf(stops)).toEqual([]);
  });
});

/** A page with one journey of these rows. */
const page = (...rows: readonly string[]): string =>
  ['# Page', '', '## Five journeys', '', '### One', '', '| file | what |', '| --- | --- |']
    .concat(rows, '', '## Next', '', '| `other.ts` | no journey |')
    .join('\n');

const stopsOf = (...rows: readonly string[]): Journey['stops'] =>
  parseJourneys(page(...rows))[0]?.stops ?? [];

describe('parseJourneys', () => {
  it('reads files and who asks them from the tables below the heading', () => {
    expect(stopsOf('| `a/b.ts` | x |', '| ↳ `c/d.ts` | y |', '| ↳ ↳ `c/e.ts` | `z` |')).toEqual([
      { path: 'a/b.ts', room: 'a', depth: 0 },
      { path: 'c/d.ts', room: 'c', depth: 1 },
      { path: 'c/e.ts', room: 'c', depth: 2 },
    ]);
  });
});

describe('returnsOf', () => {
  it.each([
    ['a room that was left', ['`a/1`', '`b/1`', '`a/2`'], ['a']],
    ['nothing where a room waits', ['`a/1`', '↳ `b/1`', '↳ `a/2`', '`a/3`'], []],
    ['nothing between two that are asked', ['`a/1`', '↳ `b/1`', '↳ ↳ `c/1`', '↳ `b/2`'], []],
    ['a room that is asked again', ['`a/1`', '↳ `b/1`', '↳ `c/1`', '↳ `b/2`'], ['b']],
    ['a room that waits and is asked from below', ['`a/1`', '↳ `b/1`', '↳ ↳ `a/2`'], ['a']],
    ['a room asked by two', ['`a/1`', '↳ `b/1`', '`c/1`', '↳ `b/2`'], ['b']],
  ])('names %s', (_, rows, expected) => {
    expect(returnsOf(stopsOf(...rows.map((row) => `| ${row} | x |`)))).toEqual(expected);
  });
});

describe('brokenStops', () => {
  const root = (): string =>
    fakeTree({
      'packages/core/package.json': { name: '@automodel/core', version: '1.0.0' },
      'packages/core/src/index.ts': `export { op, type Op } from './ops/norm/op.js';`,
      'packages/core/src/ops/norm/op.ts': 'export const op = 1;\nexport interface Op {}',
      'packages/x/package.json': { name: '@automodel/x', version: '1.0.0' },
      'packages/x/src/a.ts': `import { b as c } from './b.js';\nlibrary.walk(1);`,
      'packages/x/src/b.ts': `import { type Op } from '@automodel/core';`,
      'packages/x/src/alone.ts': `import { other } from '@automodel/core';`,
      'packages/cpu-backend/runtime/walk.cpp':
        '#include "runtime.h"\nAUTOMODEL_API int automodel_walk(int x) {}\n',
      'packages/cpu-backend/runtime/runtime.h': '#include "../kernels/kernel.h"\n',
      'packages/cpu-backend/kernels/kernel.h': '',
      'packages/cpu-backend/kernels/norm/op.cpp': '#include "../kernel.h"\n',
    });
  const broken = (...rows: readonly string[]): readonly string[] =>
    brokenStops(root(), { name: 'One', stops: stopsOf(...rows) });

  it.each([
    ['an import', ['`packages/x/src/a.ts`', '`packages/x/src/b.ts`']],
    ['an import the other way', ['`packages/x/src/b.ts`', '`packages/x/src/a.ts`']],
    [
      "a name of a package's index",
      ['`packages/x/src/b.ts`', '`packages/core/src/ops/norm/op.ts`'],
    ],
    ['a native call', ['`packages/x/src/a.ts`', '`packages/cpu-backend/runtime/walk.cpp`']],
    [
      'a common header',
      ['`packages/cpu-backend/runtime/walk.cpp`', '`packages/cpu-backend/kernels/norm/op.cpp`'],
    ],
    [
      'a kernel and its op',
      ['`packages/cpu-backend/kernels/norm/op.cpp`', '`packages/core/src/ops/norm/op.ts`'],
    ],
    [
      'an import by an earlier stop, to which the last one gave back',
      ['`packages/x/src/a.ts`', '`packages/x/src/b.ts`', '`packages/cpu-backend/runtime/walk.cpp`'],
    ],
  ])('accepts %s', (_, rows) => {
    expect(broken(...rows.map((row) => `| ${row} | x |`))).toEqual([]);
  });

  it('names files that do not exist', () => {
    expect(broken('| `packages/x/src/a.ts` | x |', '| ↳ `packages/x/src/gone.ts` | y |')).toEqual([
      'One: packages/x/src/gone.ts does not exist',
    ]);
  });

  it('names a stop that no stop before it knows', () => {
    expect(broken('| `packages/x/src/b.ts` | x |', '| `packages/x/src/alone.ts` | y |')).toEqual([
      'One: packages/x/src/alone.ts has no link with a stop that it may come from',
    ]);
  });

  it('holds a stop that is asked to the one that asks', () => {
    const rows = ['`packages/x/src/a.ts`', '↳ `packages/core/src/ops/norm/op.ts`'];
    expect(broken(...rows.map((row) => `| ${row} | x |`))).toEqual([
      'One: packages/core/src/ops/norm/op.ts has no link with a stop that it may come from',
    ]);
  });
});
