import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TrackedRun } from '@automodel/contracts';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { crc32c } from '../src/crc32c.js';
import plugin from '../src/index.js';
import { message, parseMessage, readEvents, text, type Fields } from './read-event-file.js';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'automodel-tensorboard-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const run = (): TrackedRun => ({
  name: 'out',
  directory: join(root, 'out'),
  workingDirectory: root,
  recipe: 'seed: 1\nname: Ünï\n',
  settings: { 'optimizer.lr': 1e-4, 'dataset.type': 'chat', shuffle: true },
  environment: { node: 'v20' },
  variables: {},
  startedAt: new Date(1_700_000_000_250),
  signal: new AbortController().signal,
});

async function eventsIn(directory: string): Promise<Fields[]> {
  const [name, second] = await readdir(directory);
  expect(second).toBeUndefined();
  expect(name).toMatch(/^events\.out\.tfevents\.1700000000\./);
  return readEvents(join(directory, name!));
}
/** Tag and value of every scalar, by event. */
const scalars = (event: Fields): [string, number][] =>
  (message(event, 5).get(1) as Buffer[])
    .map(parseMessage)
    .map((value) => [text(value, 1), value.get(2)?.[0] as number]);

test('the checksum is that of RFC 3720', () => {
  expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
  expect(crc32c(Buffer.alloc(32))).toBe(0x8a9136aa);
});

test('scalars, the recipe as text, settings and the end are events that read back', async () => {
  const tracker = await plugin.open({}, run());
  expect(tracker.location).toBe(join(root, 'out/tensorboard'));
  await tracker.log([
    { step: 0, epoch: 0, time: new Date(1_700_000_001_000), values: { loss: 2.5, grad_norm: 0.1 } },
    { step: 300, epoch: 1, time: new Date(1_700_000_002_500), values: { val_loss: 1.25 } },
  ]);
  await tracker.close({ status: 'finished' });
  const [version, recipe, environment, settings, first, second, end, ...rest] = await eventsIn(
    join(root, 'out/tensorboard'),
  );
  expect(rest).toEqual([]);
  expect([version!.get(1), text(version!, 3)]).toEqual([[1_700_000_000.25], 'brain.Event:2']);
  const value = message(message(recipe!, 5), 1);
  expect([
    text(value, 1),
    text(message(message(value, 9), 1), 1),
    text(message(value, 8), 8),
  ]).toEqual(['recipe', 'text', '    seed: 1\n    name: Ünï']);
  expect(text(message(message(message(environment!, 5), 1), 8), 8)).toBe('    node: v20');
  expect([first!.get(1), first!.get(2), scalars(first!)]).toEqual([
    [1_700_000_001],
    [0],
    [
      ['loss', 2.5],
      ['grad_norm', Math.fround(0.1)],
    ],
  ]);
  expect([second!.get(1), second!.get(2), scalars(second!)]).toEqual([
    [1_700_000_002.5],
    [300],
    [['val_loss', 1.25]],
  ]);
  const started = message(message(message(message(message(message(settings!, 5), 1), 9), 1), 2), 3);
  expect(
    (started.get(1) as Buffer[])
      .map(parseMessage)
      .map((entry) => [
        text(entry, 1),
        ...[...message(entry, 2)].map(([field, [found]]) => [
          field,
          Buffer.isBuffer(found) ? found.toString() : found,
        ]),
      ]),
  ).toEqual([
    ['optimizer.lr', [2, 1e-4]],
    ['dataset.type', [3, 'chat']],
    ['shuffle', [4, 1]],
  ]);
  expect(
    message(message(message(message(message(message(end!, 5), 1), 9), 1), 2), 4).get(1),
  ).toEqual([1]);
});

test('log_dir is relative to the working directory; a failed run says why', async () => {
  const tracker = await plugin.open({ log_dir: 'logs/one' }, run());
  await tracker.close({ status: 'failed', message: 'disk full' });
  const events = await eventsIn(join(root, 'logs/one'));
  const error = message(message(events.at(-2)!, 5), 1);
  expect([text(error, 1), text(message(error, 8), 8)]).toEqual(['error', '    disk full']);
});

test('a folder that cannot be made is an error, not silence', async () => {
  const tracker = await plugin.open({ log_dir: 'taken' }, run());
  await tracker.close({ status: 'stopped' });
  const [file] = await readdir(join(root, 'taken'));
  await expect(plugin.open({ log_dir: join('taken', file!) }, run())).rejects.toThrow();
});
