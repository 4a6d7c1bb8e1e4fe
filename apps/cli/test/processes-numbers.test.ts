// What several real processes compute and write, against one: a reference file and its dump, and a
// run of which one process has no data.
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { cliIn, typed } from './support/cli-in.js';
import { start } from './support/real-cli.js';
import { repository } from './support/tiny-folder.js';
import { tinyRoot } from './support/tiny-root.js';

const root = tinyRoot();
vi.setConfig({ testTimeout: 240_000 });
const over3 = typed`--nproc-per-node 3 --distributed.strategy fsdp2`;

test('verify over processes agrees, and dumps what one process agrees with', async () => {
  const golden = join(repository, 'goldens/models/llama-gqa');
  const dump = join(root(), 'own.safetensors');
  const verify = typed`verify ${golden} --reference ${golden}/golden.safetensors --threads 1`;
  const { code, err } = await start([...verify, '--dump', dump, ...over3]).ended;
  expect({ code, err }).toMatchObject({ code: 0 });
  const again = await cliIn(root(), typed`verify ${golden} --reference ${dump} --threads 1`);
  expect(again).toMatchObject({ code: 0 });
});

test('three processes, two samples and padded pieces: the bytes of one process', async () => {
  const files = async (output: string, more: readonly string[]): Promise<Map<string, string>> => {
    const folder = join(root(), output);
    const { code, err } = await start(
      typed`finetune --model ${root()}/model --data ${root()}/rows.jsonl --output ${folder}
        --dataset.limit_dataset_samples 2 --step_scheduler.global_batch_size 3 --optimizer.lr 1e-3
        --step_scheduler.local_batch_size 1 --step_scheduler.max_steps 2 --precision bf16
        --step_scheduler.num_epochs null --distributed.mp_policy.param_dtype float32
        --backend.threads 1 ${more}`,
    ).ended;
    expect({ code, err }).toMatchObject({ code: 0 });
    const names = await readdir(folder, { recursive: true });
    const read = async (name: string): Promise<[string, string]> => [
      name,
      (await readFile(join(folder, name))).toString('base64'),
    ];
    return new Map(
      await Promise.all(names.filter((name) => name.endsWith('.safetensors')).map(read)),
    );
  };
  const one = await files('one', []);
  expect([...one.keys()]).toContainEqual(expect.stringMatching(/optimizer\.safetensors$/));
  expect(await files('three', over3)).toEqual(one);
});
