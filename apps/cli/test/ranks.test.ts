// A command that several processes share: how many have to be started here, what all but the first
// show, and the real thing with two of them.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { recognizeLauncher } from '@automodel/distributed';
import { expect, test } from 'vitest';
import { placesHere } from '../src/ranks/places-here.js';
import { quietStreams } from '../src/ranks/quiet-streams.js';
import { cliIn, typed } from './support/cli-in.js';
import { recordingStreams } from './support/recording-streams.js';
import { repository } from './support/tiny-folder.js';
import { tinyRoot } from './support/tiny-root.js';

const root = tinyRoot();
const torchrun = { RANK: '1', WORLD_SIZE: '2', MASTER_ADDR: 'first', MASTER_PORT: '1' };
const trainer = { PET_NNODES: '2', PET_NODE_RANK: '1', PET_MASTER_ADDR: 'a', PET_MASTER_PORT: '7' };
const places = (environment: Record<string, string>, wanted?: number): unknown =>
  placesHere(recognizeLauncher(environment), wanted);

test('starts as many as the user or the launcher of the machine says', () => {
  expect(places({})).toBeUndefined();
  expect(places({}, 1)).toBeUndefined();
  expect(places({}, 3)).toEqual({ count: 3 });
  expect(places(torchrun)).toBeUndefined();
  const ofNode = { nodes: { size: 2, rank: 1 }, address: { host: 'a', port: 7 } };
  expect(places(trainer)).toEqual({ count: 1, ...ofNode });
  expect(places(trainer, 4)).toEqual({ count: 4, ...ofNode });
  expect(places({ ...trainer, PET_NPROC_PER_NODE: '2' })).toEqual({ count: 2, ...ofNode });
  expect(places({ ...trainer, PET_NNODES: '1', PET_NODE_RANK: '0' })).toBeUndefined();
});

test('refuses to start more than the launcher says', async () => {
  expect(() => places({ ...trainer, PET_NPROC_PER_NODE: '2' }, 4)).toThrow(
    'Kubeflow (PET_*) says 2 processes a machine, --nproc-per-node says 4',
  );
  const { code, err } = await cliIn(root(), typed`bench model --nproc-per-node 2`, {
    environment: torchrun,
  });
  expect(code).toBe(2);
  expect(err).toBe(
    'error: torchrun (RANK, WORLD_SIZE) has started this process as rank 1 of 2 (leave out ' +
      '--nproc-per-node)\n',
  );
});

test('ranks other than the first show warnings and nothing else', () => {
  const streams = recordingStreams();
  const { out, err } = quietStreams(streams);
  out.write('the result\n');
  out.writeExact('{}\n');
  err.write('step 1\n');
  err.write('warning: a row\n');
  expect(streams.written).toEqual({ out: '', err: 'warning: a row\n' });
});

test('two processes train as one; Ctrl-C lets both finish the step and save', async () => {
  const recipe = join(root(), 'ranks.yaml');
  await writeFile(
    recipe,
    `model: {pretrained_model_name_or_path: ${root()}/model}\n` +
      `dataset: {path_or_dataset_id: ${root()}/rows.jsonl}\noptimizer: {lr: 1e-3}\n` +
      'step_scheduler: {max_steps: 100000, global_batch_size: 4, local_batch_size: 1, ' +
      `num_epochs: 100000}\ncheckpoint: {checkpoint_dir: ${root()}/ranks}\n`,
  );
  const child = spawn(
    process.execPath,
    [
      ...typed`--import tsx --conditions=@automodel/source ${repository}apps/cli/src/main.ts`,
      ...typed`finetune ${recipe} --nproc-per-node 2 --backend.threads 1`,
    ],
    { cwd: repository, detached: true, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let [out, err, isStopped] = ['', '', false];
  child.stdout.on('data', (chunk) => (out += String(chunk)));
  child.stderr.on('data', (chunk) => {
    err += String(chunk);
    if (isStopped || !/ step \d+\/100000/.test(err)) return;
    isStopped = true;
    process.kill(-child.pid!, 'SIGINT'); // as a terminal does, to all of them
  });
  const [code] = (await once(child, 'close')) as [number];
  expect(err).toContain('Stopping after this step; press Ctrl-C again to stop at once.');
  expect(err).not.toContain('error');
  expect(err).not.toContain('[rank 1]');
  expect(out).toContain(`npx automodel finetune ${recipe} --backend.threads 1 --nproc-per-node 2`);
  expect(out).toContain('--resume latest');
  expect(code).toBe(130);
});
