import { mkdir, mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { BackendPlugin, Diagnosis } from '@automodel/contracts';
import type { Plugin } from '@automodel/run';
import { cliIn, type CliResult } from './support/cli-in.js';
import { plugins } from './support/tiny-folder.js';

let root: string;
beforeAll(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'automodel-doctor-')));
  await mkdir(join(root, 'hf/hub/models--x'), { recursive: true });
  await writeFile(join(root, 'hf/hub/models--x/weights'), Buffer.alloc(3 * 1024));
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function doctor(given: readonly Plugin[], ...argv: string[]): Promise<CliResult> {
  const environment = {
    HF_HOME: join(root, 'hf'),
    HF_TOKEN: 'hf_secretvalue',
    HF_HUB_OFFLINE: '1',
    AUTOMODEL_CACHE: join(root, 'cache'),
  };
  return cliIn(root, ['doctor', '--threads', '1', ...argv], { environment, plugins: given });
}
const checks = (out: string): Diagnosis[] => (JSON.parse(out) as { checks: Diagnosis[] }).checks;

test('a machine that works: every line is there, and the speed test ran', async () => {
  const { code, out } = await doctor(plugins, '--json');
  expect(code).toBe(0);
  const found = checks(out);
  expect(found.map(({ name }) => name)).toEqual(
    expect.arrayContaining([
      'automodel',
      'node',
      'processor',
      'memory',
      'GPU',
      'plugins',
      'native library',
      'instruction sets',
      'speed of cpu',
      'hub',
      'hub cache',
      'data cache',
      'working folder',
    ]),
  );
  expect(found.filter(({ level }) => level === 'fail')).toEqual([]);
  expect(found.find(({ name }) => name === 'speed of cpu')!.text).toMatch(
    /FLOP\/s in f32, .*FLOP\/s in bf16; memory .*iB\/s; 1 threads/,
  );
  expect(found.find(({ name }) => name === 'hub cache')!.text).toContain(
    `${join(root, 'hf/hub')}: 3.0 KiB, `,
  );
});

test('a cache that can never be written is named with the reason and what to set', async () => {
  await writeFile(join(root, 'file'), '');
  const { out } = await cliIn(root, ['doctor', '--json', '--threads', '1'], {
    environment: { HF_HOME: join(root, 'file/hf'), AUTOMODEL_CACHE: join(root, 'file') },
    plugins: [],
  });
  const found = checks(out);
  for (const [name, variable] of [
    ['hub cache', 'HF_HOME'],
    ['data cache', 'AUTOMODEL_CACHE'],
  ] as const)
    expect(found.find((line) => line.name === name)).toMatchObject({
      level: 'warn',
      text: expect.stringContaining(
        `nothing can ever be written here, because ${join(root, 'file')} is not a folder`,
      ) as string,
      hint: expect.stringContaining(`set ${variable}`) as string,
    });
});

test("the hub's settings are shown, the token is not", async () => {
  const { out } = await doctor(plugins);
  expect(out).toContain('offline by HF_HUB_OFFLINE=1; token from HF_TOKEN');
  expect(out).not.toContain('hf_secretvalue');
});

test('a backend that cannot be opened fails with what to do; the rest is still shown', async () => {
  const broken: BackendPlugin = {
    kind: 'backend-plugin',
    apiVersion: 1,
    name: 'cpu',
    create: () => {
      throw new Error('not reached');
    },
    target: () => {
      throw new Error('not reached');
    },
    diagnose: () => [
      {
        name: 'native library',
        level: 'fail',
        text: 'x.so is of another machine',
        hint: 'npm install y',
      },
    ],
  };
  const { code, out } = await doctor([broken]);
  expect(code).toBe(1);
  expect(out).toMatch(/fail {2}native library +x\.so is of another machine\n +-> npm install y\n/);
  expect(out).toMatch(/hub cache/);
  expect(out).not.toContain('not reached');
  expect(out).toMatch(/\d+ things? to fix\n$/);
});
