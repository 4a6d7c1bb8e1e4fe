// What a process leaves beside its target when it is killed while it publishes: the next
// publication removes it, and nothing that somebody still writes.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, utimes, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { publishDirectory, stagedPath, unfinished } from '../src/index.js';
import { temporaryFolder } from './support/files.js';

const SOURCE = fileURLToPath(new URL('../src/index.ts', import.meta.url));
const publish = (target: string): Promise<string[]> =>
  publishDirectory(target, (built) => writeFile(join(built, 'a'), 'new'));

test('a publication that was killed leaves nothing after the next one', async () => {
  const root = await temporaryFolder();
  const target = join(root, 'out');
  const script = `
    const { publishDirectory } = await import(${JSON.stringify(SOURCE)});
    await publishDirectory(${JSON.stringify(target)}, async () => {
      process.stdout.write('filling');
      await new Promise((resolve) => setTimeout(resolve, 1e8));
    });`;
  const child = spawn(
    process.execPath,
    ['--import', 'tsx', '--conditions=@automodel/source', '--input-type=module', '-e', script],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  await once(child.stdout, 'data');
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
  expect((await readdir(root)).filter((name) => name.startsWith('out.tmp-'))).toHaveLength(1);
  await publish(target);
  expect(await readdir(root)).toEqual(['out']);
});

test('what is being written stays, here and on other machines', async () => {
  const root = await temporaryFolder();
  const target = join(root, 'out');
  const own = stagedPath(target);
  const other = (pid: number): string =>
    join(dirname(own), `out.tmp-${pid}-${'0'.repeat(8)}${basename(own).slice(-8)}`);
  const [written, left] = [other(1), other(2)];
  for (const folder of [own, written, left, `${target}.tmp-notes`]) await mkdir(folder);
  await writeFile(join(left, 'a'), '');
  const longAgo = new Date(Date.now() - 24 * 3600 * 1000);
  for (const path of [join(left, 'a'), left]) await utimes(path, longAgo, longAgo);
  const { done } = unfinished(own);
  await publish(target);
  const kept = [basename(own), basename(written), 'out.tmp-notes'];
  expect((await readdir(root)).sort()).toEqual(['out', ...kept].sort());
  done();
  await publish(target);
  expect((await readdir(root)).sort()).toEqual(['out', basename(written), 'out.tmp-notes'].sort());
});
