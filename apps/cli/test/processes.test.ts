// Commands that several processes share, with real processes: the results are those of one process,
// all end together whoever is stopped or killed, and what differs between them is refused.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { typed } from './support/cli-in.js';
import { start, type Child } from './support/real-cli.js';
import { repository } from './support/tiny-folder.js';
import { tinyRoot } from './support/tiny-root.js';

const root = tinyRoot();
// several starts of the program each, beside whatever else runs
vi.setConfig({ testTimeout: 240_000 });

/** Two micro-batches a step, so that two processes add up as one does. */
const RECIPE = `
model: { pretrained_model_name_or_path: model }
dataset: { type: chat, path_or_dataset_id: rows.jsonl }
step_scheduler: { global_batch_size: 4, local_batch_size: 2, max_steps: 4, ckpt_every_steps: 2 }
optimizer: { lr: 1e-3 }
backend: { threads: 1 }
`;
beforeAll(() => writeFile(join(root(), 'recipe.yaml'), RECIPE));

const finetune = (output: string, ...more: readonly string[]): string[] =>
  typed`finetune ${root()}/recipe.yaml --model ${root()}/model --data ${root()}/rows.jsonl
    --output ${root()}/${output} ${more}`;
const shared = (strategy: string, processes = 2): string[] =>
  typed`--nproc-per-node ${String(processes)} --distributed.strategy ${strategy}`;

/** The bytes of every tensor file of a run. */
async function tensors(output: string): Promise<Map<string, string>> {
  const names = await readdir(join(root(), output), { recursive: true });
  const files = names.filter((name) => name.endsWith('.safetensors')).sort();
  const read = async (name: string): Promise<[string, string]> => [
    name,
    (await readFile(join(root(), output, name))).toString('base64'),
  ];
  return new Map(await Promise.all(files.map(read)));
}

/** What is written after the one checkpoint: the result. */
const RESULT = '.saving.tmp';
/** Lets files below a folder of a run fail, or kills the process that writes them. */
const faults = (output: string): Record<string, string> => ({
  NODE_OPTIONS: `--import file://${repository}tooling/kill-test/inject-faults.mjs`,
  FAULTS_BELOW: join(root(), output),
});

/** What a run has saved on its way, what is half-written too. */
const checkpoints = async (output: string): Promise<string[]> =>
  (await readdir(join(root(), output))).filter((name) => name.startsWith('epoch_'));

/** The processes whose command line names this folder of a run. */
async function left(output: string): Promise<number> {
  const ids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(
    ids.map((id) => readFile(`/proc/${id}/cmdline`, 'utf8').catch(() => '')),
  );
  return lines.filter((line) => line.includes(join(root(), output))).length;
}

test("two processes write the bytes of one, and go on from each other's checkpoints", async () => {
  expect((await start(finetune('one')).ended).err).toContain('step 4/4');
  for (const strategy of ['ddp', 'fsdp2']) {
    const { code, err } = await start(finetune(strategy, ...shared(strategy))).ended;
    expect({ code, err }).toMatchObject({ code: 0 });
    const [own, wanted] = [await tensors(strategy), await tensors('one')];
    expect([...own.keys()]).toEqual([...wanted.keys()]);
    expect([...own.keys()].filter((name) => own.get(name) !== wanted.get(name))).toEqual([]);
  }
  const resume = typed`--resume ${root()}/one/epoch_0_step_1`;
  const { code } = await start(finetune('again', ...resume, ...shared('fsdp2', 3))).ended;
  expect(code).toBe(2); // 4 rows are no multiple of 2 rows for each of 3 processes
  expect((await start(finetune('again', ...resume, ...shared('fsdp2'))).ended).code).toBe(0);
  const model = 'model.safetensors';
  expect((await tensors('again')).get(model)).toBe((await tensors('one')).get(model));
});

describe.skipIf(process.platform !== 'linux')('processes that are stopped', () => {
  const long = typed`--step_scheduler.max_steps 100000 --step_scheduler.ckpt_every_steps 100000
    --step_scheduler.save_checkpoint_every_epoch false`;

  test('Ctrl-C ends all after one step, which is saved', async () => {
    let sent = false;
    const child = start(finetune('stopped', ...long, ...shared('fsdp2')), (text) => {
      if (sent || !/\bstep \d+\//.test(text)) return;
      sent = true;
      process.kill(-child.process.pid!, 'SIGINT'); // to the ranks too, as a terminal does
    });
    const { code, out, err } = await child.ended;
    expect({ code, err }).toMatchObject({ code: 130 });
    expect(err).not.toMatch(/error|\[rank 1\]/);
    expect(out).toMatch(/^next: .* --nproc-per-node 2 --resume latest$/m);
    expect(await checkpoints('stopped')).toHaveLength(1);
    expect(await left('stopped')).toBe(0);
  });

  test('of one that is killed while it saves nothing is left, and the run goes on', async () => {
    const go = (rank: string, at: string): Child => {
      const environment = { ...faults('killed'), FAULTS_RANK: rank, KILL_AT: at };
      const resume = at === RESULT ? [] : typed`--resume auto`;
      return start(finetune('killed', ...resume, ...shared('fsdp2')), undefined, environment);
    };
    const { code, err } = await go('1', RESULT).ended;
    expect({ code, err }).toMatchObject({ code: 137 });
    expect(err).toMatch(/error: rank 1 \(process \d+\) was ended by SIGKILL/);
    expect(await left('killed')).toBe(0);
    expect(await checkpoints('killed')).toEqual(['epoch_0_step_1']);

    const again = go('none', '0');
    while (!/^plan /m.test(again.written.err)) await setTimeout(10);
    again.process.kill('SIGKILL');
    await again.ended;
    while ((await left('killed')) > 0) await setTimeout(50);
    expect(again.written.err).toContain('error: the process that started the ranks ended');

    const last = await go('none', '0').ended;
    expect(last, last.err).toMatchObject({ code: 0 });
    const [own, wanted] = [await tensors('killed'), await tensors('one')];
    for (const name of ['', 'epoch_0_step_1/', 'epoch_0_step_1/training_state/'])
      for (const file of ['model.safetensors', 'optimizer.safetensors'])
        expect(own.get(name + file) === wanted.get(name + file)).toBe(true);
  });

  test('a disk that is full for one of them is said once, and leaves no checkpoint', async () => {
    const disk = { ...faults('full'), FAULTS_RANK: '1', FAIL_FROM: RESULT, FAIL_COUNT: '1000' };
    const { code, err } = await start(finetune('full', ...shared('fsdp2')), undefined, disk).ended;
    expect({ code, err }).toMatchObject({ code: 2 });
    expect(err).toMatch(/^error: \S+ rank 1: cannot be written: .*no space left on device/m);
    expect(err.match(/error:/g)).toHaveLength(1);
    expect(await checkpoints('full')).toEqual(['epoch_0_step_1']); // nothing half-written either
  });
});

test('processes with different recipes are refused, all of them', async () => {
  const place = (rank: number) => ({
    RANK: String(rank),
    WORLD_SIZE: '2',
    LOCAL_RANK: String(rank),
    LOCAL_WORLD_SIZE: '2',
    MASTER_ADDR: '127.0.0.1',
    MASTER_PORT: String(20_000 + (process.pid % 10_000)),
  });
  const ends = await Promise.all(
    [0, 1].map((rank) => {
      const own = typed`--distributed.strategy ddp --optimizer.weight_decay 0.${String(rank)}`;
      return start(finetune('differ', ...own), undefined, place(rank)).ended;
    }),
  );
  for (const { code, err } of ends) {
    expect(code).toBe(2);
    expect(err).toContain(
      'the processes differ: optimizer.weight_decay: 0 on rank 0, 0.1 on rank 1',
    );
  }
});
