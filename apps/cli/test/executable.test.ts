// The real executable, in a process of its own: it finds plugins, and ends on signals.
import { once } from 'node:events';
import { mkdir, readdir, readFile, readlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { typed } from './support/cli-in.js';
import { start } from './support/real-cli.js';
import { repository } from './support/tiny-folder.js';
import { tinyRoot } from './support/tiny-root.js';

const root = tinyRoot();
const golden = join(repository, 'goldens/models/llama-gqa');

test('the real executable finds the plugins of the workspace', async () => {
  const { code, out, err } = await start(
    typed`verify ${golden} --reference ${golden}/golden.safetensors --json --threads 1`,
  ).ended;
  expect({ code, err }).toEqual({ code: 0, err: '' });
  expect(JSON.parse(out)).toMatchObject({ verdict: 'agrees' });
});

test('Ctrl-C ends a run after its step, saves what was trained and exits with 130', async () => {
  const output = join(root(), 'interrupted');
  let sent = false;
  const child = start(
    typed`finetune --model ${root()}/model --data ${root()}/rows.jsonl --output ${output}
      --step_scheduler.num_epochs 100000 --backend.threads 1`,
    (text) => {
      if (!sent && /\bstep \d+\//.test(text)) {
        sent = true;
        child.process.kill('SIGINT');
      }
    },
  );
  const { code, out, err } = await child.ended;
  expect(code).toBe(130);
  expect(err).toContain('Stopping after this step');
  expect(out).toMatch(/^stopped after \d+ steps?/);
  const [folder] = (await readdir(output)).filter((name) => name.startsWith('epoch_'));
  expect(await readdir(join(output, folder!))).toEqual(
    expect.arrayContaining(['config.json', 'model.safetensors']),
  );
  expect(await readdir(output)).not.toContain('config.json');
});

test('Ctrl-C ends watch quietly, as nothing is interrupted', async () => {
  const folder = join(root(), 'watched');
  await mkdir(folder);
  await writeFile(join(folder, 'metrics.jsonl'), '');
  const child = start(typed`watch ${folder} --no-browser`, (text) => {
    if (text.includes('until Ctrl-C')) child.process.kill('SIGINT');
  });
  const { code, err } = await child.ended;
  expect([code, err]).toEqual([0, 'The page is only for this machine, and stays until Ctrl-C.\n']);
});

test('a run goes on when its terminal is gone, and SIGHUP stops it with 129', async () => {
  const output = join(root(), 'hung-up');
  const child = start(
    typed`finetune --model ${root()}/model --data ${root()}/rows.jsonl --output ${output}
      --resume auto --step_scheduler.num_epochs 100000 --step_scheduler.ckpt_every_steps 20
      --backend.threads 1`,
    (text) => {
      if (!/^checkpoint \S+ saved/m.test(text)) return;
      // what it writes from here on goes nowhere
      child.process.stderr?.destroy();
      child.process.stdout?.destroy();
    },
  );
  const { stderr } = child.process;
  await once(stderr!, 'close');
  const saved = await newestCheckpoint(output);
  while ((await newestCheckpoint(output)) === saved) await setTimeout(20);
  child.process.kill('SIGHUP');
  child.process.kill('SIGHUP');
  const { code } = await child.ended;
  expect(code).toBe(129);
  const report = await readFile(join(output, 'report.html'), 'utf8');
  expect(report).toContain('stopped');
  expect(await readdir(join(output, 'LATEST'))).toEqual(
    expect.arrayContaining(['config.json', 'model.safetensors', 'training_state']),
  );
});

const newestCheckpoint = async (output: string): Promise<string> =>
  readlink(join(output, 'LATEST'));
