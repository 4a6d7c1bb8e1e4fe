// A project that uses somebody else's backend: found by its manifest, held to the definition of
// every op, planned for without being opened, and trained on.
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Backend } from '@automodel/contracts';
import { builtinOps, type OpDefinition } from '@automodel/core';
import { buildMicroBatch } from '@automodel/data';
import { runOnBackend } from '@automodel/recorded';
import llama from '@automodel/models-llama';
import { discoverPlugins, PluginRegistry } from '@automodel/run';
import { opConformance, referenceBackend } from '@automodel/testing';
import { adamw, TrainingStep } from '@automodel/train';
import { ModelSession } from '@automodel/session';

const model = llama.create({
  model_type: 'llama',
  vocab_size: 16,
  hidden_size: 8,
  intermediate_size: 16,
  num_hidden_layers: 1,
  num_attention_heads: 2,
  max_position_embeddings: 32,
  tie_word_embeddings: true,
});

/** Loss of each step. */
async function train(backend: Backend, steps: number): Promise<number[]> {
  const inputIds = Int32Array.from({ length: 12 }, (_, i) => (3 * i) % 16);
  const source = { file: 'made up', row: 1 };
  const batch = buildMicroBatch([{ inputIds, labels: inputIds, source }], {
    token: 12,
    document: 1,
  });
  await using session = ModelSession.initialize(
    { backend, model, precision: 'f32', trainable: () => true },
    1,
  );
  const training = new TrainingStep(session, {
    optimizer: adamw({ betas: [0.9, 0.95], eps: 1e-8 }),
    maxNorm: 1,
  });
  const losses: number[] = [];
  for (let step = 1; step <= steps; step++) {
    await training.micro(batch, { scale: 1 / batch.trainedTokens, first: true });
    losses.push((await training.update(step, 0.03, 0)).loss);
  }
  return losses;
}

const project = await mkdtemp(join(tmpdir(), 'toy-project-'));
try {
  // What `npm install automodel-toy-backend` leaves behind.
  const dependencies = { 'automodel-toy-backend': '^1.0.0' };
  await writeFile(join(project, 'package.json'), JSON.stringify({ name: 'project', dependencies }));
  await mkdir(join(project, 'node_modules'));
  await symlink(
    join(import.meta.dirname, 'automodel-toy-backend'),
    join(project, 'node_modules/automodel-toy-backend'),
    'dir',
  );
  const plugins = new PluginRegistry({
    discovered: await discoverPlugins({ workingDirectory: project }),
  });
  const plugin = await plugins.backend('toy');

  const target = plugin.target({});
  const decomposed = Object.values(target.kernels).filter((entry) => entry === 'decompose');
  console.log(
    `${target.name}: ${Object.keys(target.kernels).length - decomposed.length} kernels, ` +
      `${decomposed.length} ops are decomposed`,
  );

  const backend = plugin.create({});
  const ops = Object.values<OpDefinition>(builtinOps);
  const checks = opConformance(ops, { runGraph: runOnBackend(backend) }).filter(({ name }) =>
    name.includes('kernel'),
  );
  for (const check of checks) await check.run();
  console.log(`${checks.length} checks of kernels hold`);

  const [losses, expected] = [await train(backend, 5), await train(referenceBackend(), 5)];
  losses.forEach((loss, i) => console.log(`step ${i + 1}: loss ${loss.toFixed(4)}`));
  const difference = Math.max(...losses.map((loss, i) => Math.abs(loss - expected[i]!)));
  console.log(
    `largest difference from the reference: ${difference < 1e-5 ? 'below 1e-5' : difference}`,
  );
  await backend.close();
} finally {
  await rm(project, { recursive: true, force: true });
}
