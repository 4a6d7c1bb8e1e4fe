// A project that uses somebody else's strategy of parallelism: found by its manifest, chosen in the
// recipe, and held to what one process does without it, byte for byte.
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { OpDefinition } from '@automodel/core';
import cpu from '@automodel/cpu-backend';
import qwen from '@automodel/models-qwen';
import lora from '@automodel/peft';
import type { Recipe } from '@automodel/recipe';
import { runOnBackend } from '@automodel/recorded';
import { discoverPlugins, finetune, PluginRegistry } from '@automodel/run';
import { curveDistance, opConformance, raggedBatches, trainingCurve } from '@automodel/testing';
import halves from './automodel-toy-halves/index.js';
import { joinHalvesOp } from './automodel-toy-halves/join-halves.js';

const backend = cpu.create({ threads: 1 });
const checks = opConformance([joinHalvesOp as OpDefinition], { runGraph: runOnBackend(backend) });
for (const check of checks) await check.run();
console.log(`${checks.length} checks of ${joinHalvesOp.name} hold`);
await backend.close();

const alone = { folder: 'goldens/models/qwen2', plugin: qwen, steps: 3 };
const batches = raggedBatches(2, { vocabulary: 64 });
const [expected] = await trainingCurve({ ...alone, batches });
const ranks = { axes: [{ name: 'dp_shard', size: 2 }], strategy: halves };
for (const [rank, curve] of (await trainingCurve({ ...alone, batches, ranks })).entries()) {
  const isSame = curveDistance(curve, expected!) < 1e-6;
  console.log(`rank ${rank} of 2 has ${isSame ? 'the' : 'other'} losses and norms of one process`);
}

const project = await mkdtemp(join(tmpdir(), 'halves-project-'));
try {
  // What `npm install automodel-toy-halves` leaves behind.
  const dependencies = { 'automodel-toy-halves': '^1.0.0' };
  await writeFile(join(project, 'package.json'), JSON.stringify({ name: 'project', dependencies }));
  await mkdir(join(project, 'node_modules'));
  await symlink(
    join(import.meta.dirname, 'automodel-toy-halves'),
    join(project, 'node_modules/automodel-toy-halves'),
    'dir',
  );
  const plugins = new PluginRegistry({
    discovered: await discoverPlugins({ workingDirectory: project }),
    given: [cpu, qwen, lora],
  });

  const base = resolve('examples/quickstart/base');
  const recipe = (strategy: string, output: string, more: Partial<Recipe>): Recipe => ({
    model: { pretrained_model_name_or_path: base },
    dataset: { path_or_dataset_id: resolve('examples/quickstart/data/validation.jsonl') },
    step_scheduler: { global_batch_size: 4, local_batch_size: 2, max_steps: 3 },
    optimizer: { lr: 1e-3 },
    distributed: { strategy },
    backend: { threads: 1 },
    ...more,
    checkpoint: { checkpoint_dir: join(project, output), ...more.checkpoint },
  });

  /** Trains with both strategies and says whether they wrote the same bytes. */
  async function compare(what: string, file: string, more: Partial<Recipe> = {}): Promise<void> {
    const written: Buffer[] = [];
    for (const strategy of ['none', 'halves']) {
      const output = `${what} ${strategy}`;
      for await (const event of finetune(recipe(strategy, output, more), { plugins }))
        if (event.type === 'step' && strategy === 'halves')
          console.log(`${what}, step ${event.step + 1}: loss ${event.loss.toFixed(4)}`);
      written.push(await readFile(join(project, output, file)));
    }
    const [plain, halves] = written;
    console.log(`${file} has ${plain?.equals(halves!) === true ? 'the same' : 'other'} bytes`);
  }

  await compare('all weights', 'model.safetensors');
  await compare('adapter', 'adapter_model.safetensors', {
    precision: 'bf16',
    peft: { dim: 4, target_modules: '*_proj' },
  });
} finally {
  await rm(project, { recursive: true, force: true });
}
