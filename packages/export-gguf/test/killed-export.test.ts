// An export to a .gguf file that was killed while it wrote: the next export of that file removes
// what it left.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { publishGguf } from '../src/publish-gguf.js';

const SOURCE = fileURLToPath(new URL('../src/publish-gguf.ts', import.meta.url));

let root: string;
beforeAll(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'automodel-killed-')));
});
afterAll(() => rm(root, { recursive: true, force: true }));

test('a .gguf file whose export was killed leaves nothing after the next one', async () => {
  const file = join(root, 'model.gguf');
  // its only tensor never comes, so it is killed while the file is being written
  const script = `
    const { publishGguf } = await import(${JSON.stringify(SOURCE)});
    const waits = async function* () {
      process.stdout.write('writing');
      await new Promise((resolve) => setTimeout(resolve, 1e8));
    };
    const tensor = { name: 'a', type: 'f32', shape: [4], chunks: waits };
    await publishGguf(${JSON.stringify(file)}, 'model.gguf', {
      metadata: new Map(), tensors: [tensor], modelfile: () => 'FROM ./model.gguf',
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
  expect(await readdir(root)).toEqual([expect.stringContaining('model.gguf.tmp-')]);
  await publishGguf(file, 'model.gguf', {
    metadata: new Map(),
    tensors: [],
    modelfile: (name) => `FROM ./${name}\n`,
  });
  expect((await readdir(root)).sort()).toEqual(['Modelfile', 'model.gguf']);
});
