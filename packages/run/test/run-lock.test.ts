// A folder has one writer at a time, and a writer that is gone is told from one that works.
import { mkdir, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { finetune } from '@automodel/run';
import { processStart } from '../src/folder/process-start.js';
import { plugins } from './tiny-model.js';
import { filesOf, recipe, refusal, root } from './stopped-runs.js';

test('a folder is refused while another process writes into it, not once it is gone', async () => {
  const lock = join(root, 'shared/.running.json');
  await mkdir(join(root, 'shared'));
  await writeFile(lock, JSON.stringify({ pid: process.ppid, host: hostname() }));
  expect(await refusal(recipe('shared'))).toMatch(
    new RegExp(
      `another run writes into this folder \\(process ${process.ppid}\\) \\(stop it first`,
    ),
  );
  await writeFile(lock, JSON.stringify({ pid: 1, host: 'elsewhere' }));
  expect(await refusal(recipe('shared', { checkpoint: { restore_from: 'latest' } }))).toContain(
    '(process 1 on elsewhere)',
  );
  await writeFile(lock, JSON.stringify({ pid: 2 ** 30, host: hostname() }));
  const running: string[] = [];
  for await (const event of finetune(recipe('shared'), { plugins }))
    if (event.type === 'step') running.push(await refusal(recipe('shared')));
  expect(running[0]).toMatch(new RegExp(`process ${process.pid}\\)`));
  expect(await filesOf('shared')).not.toContain('.running.json');
});

test('a lock that nobody holds any more stands in no way', async () => {
  const folder = join(root, 'killed');
  const lock = join(folder, '.running.json');
  const locked = (holder: object): Promise<void> => writeFile(lock, JSON.stringify(holder));
  const started = await processStart(process.ppid);
  await mkdir(folder);
  // another process has the id of the one that was killed
  await locked({ pid: process.ppid, host: hostname(), started });
  expect(await refusal(recipe('killed'))).toContain('another run writes into this folder');
  await locked({ pid: process.ppid, host: hostname(), started: 'another boot' });
  expect(await refusal(recipe('killed'))).toEqual(
    started === undefined ? expect.stringContaining('another run') : 'ran',
  );
  // a machine that has shown no sign of life
  await rm(folder, { recursive: true });
  await mkdir(folder);
  await locked({ pid: 1, host: 'elsewhere' });
  expect(await refusal(recipe('killed'))).toContain('(process 1 on elsewhere)');
  const before = new Date(Date.now() - 400_000);
  await utimes(lock, before, before);
  expect(await refusal(recipe('killed'))).toBe('ran');
});
