// A recipe under Slurm, by the command that people type: `automodel launch slurm --submit`.
import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
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
  local_batch_size: 4
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

  /** Steps of the run that are in its metrics. */
  const steps = (): number =>
    existsSync(join(root, 'out/metrics.jsonl'))
      ? readFileSync(join(root, 'out/metrics.jsonl'), 'utf8').split('\n').length - 1
      : 0;

  test(
    'is trained, stops with a checkpoint, and goes on from it',
    { timeout: 180_000 },
    async () => {
      const { stdout, stderr } = spawnSync(
        process.execPath,
        [
          join(repository, 'apps/cli/bin/automodel.js'),
          ...['launch', 'slurm', 'recipe.yaml', '--cpus', '1', '--submit'],
        ],
        { cwd: root, env: slurm.environment, encoding: 'utf8' },
      );
      expect(stderr).toBe('');
      const [, job = ''] = /^Submitted batch job (\d+)\n$/.exec(stdout) ?? [];
      const log = (): string => readFileSync(join(root, `recipe-${job}.log`), 'utf8');
      await slurm.until(() => steps() >= 2);
      slurm.ask('scancel', '--signal=TERM', job);
      await slurm.until(() => slurm.stateOf(job).restarts === '1');
      const before = log();
      expect(before).toMatch(/stopped after \d+ steps/);
      expect(readdirSync(join(root, 'out')).some((name) => /^epoch_/.test(name))).toBe(true);
      await slurm.until(() => {
        slurm.ask('scontrol', 'update', `JobId=${job}`, 'StartTime=now'); // once it is in the queue
        return slurm.stateOf(job).state === 'RUNNING';
      });
      await slurm.until(() => log().slice(before.length).includes('resuming at step'));
      slurm.ask('scancel', job);
      await slurm.ended(job);
      await slurm.until(() =>
        readdirSync(join(root, 'out')).every((name) => !name.includes('rendez')),
      );
    },
  );
});
