// A recipe under Slurm, by the command that people type: `automodel launch slurm --submit`.
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { missingSlurm, PrivateSlurm } from './support/private-slurm.js';

const repository = fileURLToPath(new URL('../../../../', import.meta.url));

const RECIPE = `
model: { pretrained_model_name_or_path: base }
dataset: { type: chat, path_or_dataset_id: rows.jsonl }
step_scheduler:
  local_batch_size: 2
  num_epochs: 100000
  ckpt_every_steps: 100000
  save_checkpoint_every_epoch: false
optimizer: { lr: 1e-4 }
checkpoint: { checkpoint_dir: out }
`;

const missing = missingSlurm();
if (missing !== undefined) console.info(`no recipe is run under Slurm: ${missing}`);

describe.runIf(missing === undefined)('a recipe under Slurm', () => {
  const root = mkdtempSync(join(tmpdir(), 'slurm-run-'));
  let slurm: PrivateSlurm;
  beforeAll(async () => {
    const quickstart = join(repository, 'examples/quickstart');
    cpSync(join(quickstart, 'base'), join(root, 'base'), { recursive: true });
    const rows = readFileSync(join(quickstart, 'data/validation.jsonl'), 'utf8').split('\n');
    writeFileSync(join(root, 'rows.jsonl'), `${rows.slice(0, 8).join('\n')}\n`);
    writeFileSync(join(root, 'recipe.yaml'), RECIPE);
    writeFileSync(
      join(root, 'package.json'),
      JSON.stringify({
        dependencies: { '@automodel/cpu-backend': '*', '@automodel/models-llama': '*' },
      }),
    );
    symlinkSync(join(repository, 'node_modules'), join(root, 'node_modules'));
    slurm = await PrivateSlurm.start();
  }, 60_000);
  afterAll(() => slurm.stop(), 60_000);

  /** Steps of a run that are in its metrics. */
  const steps = (output = 'out'): number => {
    const file = join(root, output, 'metrics.jsonl');
    return existsSync(file) ? readFileSync(file, 'utf8').split('\n').length - 1 : 0;
  };
  const cli = join(repository, 'apps/cli/bin/automodel.js');

  test(
    'is trained by two ranks, stops with a checkpoint, goes on, and ends when a rank is lost',
    { timeout: 180_000 },
    async () => {
      const { stdout, stderr } = spawnSync(
        process.execPath,
        [cli, ...'launch slurm recipe.yaml --nodes 2 --cpus 1 --submit'.split(' ')],
        { cwd: root, env: slurm.environment, encoding: 'utf8' },
      );
      expect(stderr).toBe('');
      const [, job = ''] = /^Submitted batch job (\d+)\n$/.exec(stdout) ?? [];
      const log = (): string => readFileSync(join(root, `recipe-${job}.log`), 'utf8');
      const secret = join(root, `out/.rendezvous-${job}`);
      await slurm.until(() => steps() >= 2);
      expect(statSync(secret).mode & 0o777).toBe(0o600);
      expect(readFileSync(secret, 'utf8')).toMatch(/^[0-9a-f]{64}$/);
      slurm.ask('scancel', '--signal=TERM', job);
      await slurm.until(() => slurm.stateOf(job).restarts === '1');
      const before = log();
      expect(before.match(/stopped after \d+ steps/g)).toHaveLength(1);
      expect(before).not.toMatch(/^(error|warning)/m); // srun says how its tasks ended
      expect(readdirSync(join(root, 'out')).some((name) => /^epoch_/.test(name))).toBe(true);
      await slurm.until(() => {
        slurm.ask('scontrol', 'update', `JobId=${job}`, 'StartTime=now'); // once it is in the queue
        return slurm.stateOf(job).state === 'RUNNING';
      });
      const later = (): string => log().slice(before.length);
      await slurm.until(() => later().includes('resuming at step') && later().includes('step '));
      const [lost] = ranksOf(job).filter(({ rank }) => rank === '1');
      process.kill(lost!.pid, 'SIGKILL');
      await slurm.ended(job);
      expect(slurm.stateOf(job)).toMatchObject({ state: 'FAILED', restarts: '1' });
      expect(later()).toMatch(new RegExp(`error: rank 1 \\(\\S+, process ${lost!.pid}\\) ended`));
      expect(ranksOf(job)).toEqual([]);
      expect(existsSync(secret)).toBe(false);
    },
  );

  test('runs on four ranks where each node has one task, which starts two', async () => {
    const finetune = [
      ...['finetune', 'recipe.yaml', '--output', 'shared', '--step_scheduler.local_batch_size 1'],
      ...['--step_scheduler.max_steps 2', '--distributed.dp_size 4', '--backend.threads 1'],
      '--nproc-per-node 2',
    ].join(' ');
    const srun = `srun --nodes=2 --ntasks-per-node=1 --cpus-per-task=2 -- `;
    const job = slurm.submit(
      [
        '#!/bin/bash',
        ...['--nodes=2', '--ntasks-per-node=1', '--cpus-per-task=2', '--output=shared.log'].map(
          (option) => `#SBATCH ${option}`,
        ),
        `${srun} ${process.execPath} ${cli} ${finetune}`,
        '',
      ].join('\n'),
      root,
    );
    await slurm.ended(job);
    const log = readFileSync(join(root, 'shared.log'), 'utf8');
    expect({ log, ...slurm.stateOf(job) }).toMatchObject({ state: 'COMPLETED' });
    expect(log).not.toMatch(/^(error|warning)/m);
    expect(existsSync(join(root, 'shared/model.safetensors'))).toBe(true);
    expect(readdirSync(join(root, 'shared')).filter((name) => name.includes('rendez'))).toEqual([]);
  }, 120_000);
});

/** Processes of a job's steps, by what Slurm says to them. */
function ranksOf(job: string): { readonly pid: number; readonly rank: string | undefined }[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.flatMap((pid) => {
    const variables = new Map(
      textOf(`/proc/${pid}/environ`)
        .split('\0')
        .map((line) => line.split('=', 2) as [string, string]),
    );
    const isRank =
      variables.get('SLURM_JOB_ID') === job && textOf(`/proc/${pid}/cmdline`).includes('finetune');
    const isOfStep = variables.has('SLURM_STEP_ID');
    return isRank && isOfStep ? [{ pid: Number(pid), rank: variables.get('SLURM_PROCID') }] : [];
  });
}

/** Nothing where the process has ended meanwhile. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
