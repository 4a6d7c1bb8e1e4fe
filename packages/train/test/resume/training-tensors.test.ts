// A session whose tensors are saved and restored goes on as if nothing had happened: parameters,
// master weights and the optimizer's states are all needed.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSafetensors, writeSafetensors, type TensorSource } from '@automodel/checkpoint';
import { buildMicroBatch } from '@automodel/data';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  adamw,
  copiedTensors,
  restoreTraining,
  sgd,
  TrainingStep,
  trainingTensors,
  type CheckpointTensors,
  type Optimizer,
} from '@automodel/train';
import { ModelSession } from '@automodel/session';
import { referenceBackend } from '@automodel/testing';
import { raggedSamples, tinyModel } from '../support/tiny-session.js';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'training-tensors-'));
});
afterAll(() => rm(folder, { recursive: true }));

const batch = buildMicroBatch(raggedSamples(4), { token: 40, document: 4 });

interface Run {
  readonly session: ModelSession;
  readonly training: TrainingStep;
}

function start(optimizer: Optimizer, seed: number): Run {
  const settings = {
    backend: referenceBackend(),
    model: tinyModel(),
    precision: 'f32',
    trainable: (name: string) => !name.includes('embed_tokens'),
    verifyPlans: true,
  } as const;
  const session = ModelSession.initialize(settings, seed);
  return { session, training: new TrainingStep(session, { optimizer, maxNorm: 1 }) };
}

async function steps({ training }: Run, from: number, to: number): Promise<void> {
  for (let step = from; step <= to; step++) {
    await training.micro(batch, { scale: 1 / 20, first: true });
    await training.update(step, 0.01, 0.1);
  }
}

async function trainedValues({ session }: Run): Promise<ReadonlyMap<string, Float32Array>> {
  const values = new Map<string, Float32Array>();
  for (const { name, trained } of session.parameters.all)
    if (trained) values.set(name, await session.parameters.read(name));
  return values;
}

let files = 0;
async function saved(sources: readonly TensorSource[]): Promise<CheckpointTensors['optimizer']> {
  const path = join(folder, `${files++}.safetensors`);
  await writeSafetensors(path, sources);
  const { tensors } = await openSafetensors(path);
  return new Map(tensors.map((tensor) => [tensor.name, tensor]));
}

const OPTIMIZERS: readonly (readonly [string, Optimizer, number])[] = [
  ['adamw', adamw({ betas: [0.9, 0.99], eps: 1e-8 }), 2],
  ['sgd with momentum', sgd({ momentum: 0.9, nesterov: false }), 1],
  ['sgd without', sgd({ momentum: 0, nesterov: false }), 0],
];

test.each(OPTIMIZERS)('%s goes on bit for bit', async (_name, optimizer, statesEach) => {
  const first = start(optimizer, 1);
  await steps(first, 1, 2);
  const tensors = await trainingTensors(first.session, first.training, () => 'f32');
  const names = [...(await trainedValues(first)).keys()];
  expect(tensors.parameters.map(({ name }) => name).sort()).toEqual(names.toSorted());
  expect(tensors.optimizer).toHaveLength(statesEach * names.length);
  expect(tensors.masterWeights).toEqual([]);
  const checkpoint: CheckpointTensors = {
    path: folder,
    parameters: await saved(tensors.parameters),
    masterWeights: new Map(),
    optimizer: await saved(tensors.optimizer),
  };
  const second = start(optimizer, 1);
  await steps(second, 1, 1); // other weights and states
  await restoreTraining(second.session, second.training, checkpoint);
  expect(await trainedValues(second)).toEqual(await trainedValues(first));
  await steps(first, 3, 4);
  await steps(second, 3, 4);
  expect(await trainedValues(second)).toEqual(await trainedValues(first));
});

test('moments are saved under the names of PyTorch', async () => {
  const run = start(adamw({ betas: [0.9, 0.99], eps: 1e-8 }), 1);
  await steps(run, 1, 1);
  const { optimizer } = await trainingTensors(run.session, run.training, () => 'f32');
  const values = async (kind: string): Promise<readonly number[]> => {
    const name = `${kind}.model.layers.0.mlp.down_proj.weight`;
    const source = optimizer.find((tensor) => tensor.name === name);
    expect(source, name).toBeDefined();
    const chunks: Uint8Array[] = [];
    for await (const chunk of source?.chunks() ?? []) chunks.push(chunk);
    return [...new Float32Array(Uint8Array.from(Buffer.concat(chunks)).buffer)];
  };
  const [first, second] = [await values('exp_avg'), await values('exp_avg_sq')];
  // After one step: 0.1 g and 0.01 g².
  expect(Math.min(...first)).toBeLessThan(0);
  first.forEach((m, i) => expect(second[i]).toBeCloseTo(m * m, 6));
});

test('master weights are what files round, and are restored in their place', async () => {
  const optimizer = sgd({ momentum: 0, nesterov: false });
  const first = start(optimizer, 1);
  await steps(first, 1, 1);
  const roundedName = 'model.norm.weight';
  const {
    parameters,
    masterWeights,
    optimizer: states,
  } = await trainingTensors(first.session, first.training, (name) =>
    name === roundedName ? 'bf16' : 'f32',
  );
  expect(masterWeights.map(({ name }) => name)).toEqual([roundedName]);
  const zeros = parameters.map((source): TensorSource => {
    if (source.name !== roundedName) return source;
    return { ...source, chunks: () => [new Uint8Array(4 * source.shape[0]!)] };
  });
  const second = start(optimizer, 2);
  await restoreTraining(second.session, second.training, {
    path: folder,
    parameters: await saved(zeros),
    masterWeights: await saved(masterWeights),
    optimizer: await saved(states),
  });
  expect(await trainedValues(second)).toEqual(await trainedValues(first));
});

test('copies stay the same when the session goes on', async () => {
  const run = start(adamw({ betas: [0.9, 0.99], eps: 1e-8 }), 1);
  await steps(run, 1, 1);
  const before = await trainedValues(run);
  const copies = await copiedTensors(
    await trainingTensors(run.session, run.training, () => 'bf16'),
  );
  await steps(run, 2, 2);
  const stored = await saved(copies.masterWeights);
  const again = start(adamw({ betas: [0.9, 0.99], eps: 1e-8 }), 2);
  await restoreTraining(again.session, again.training, {
    path: folder,
    parameters: await saved(copies.parameters),
    masterWeights: stored,
    optimizer: await saved(copies.optimizer),
  });
  expect(await trainedValues(again)).toEqual(before);
  expect(await trainedValues(run)).not.toEqual(before);
});

test('a checkpoint that does not fit is refused before anything changes', async () => {
  const adam = adamw({ betas: [0.9, 0.99], eps: 1e-8 });
  const first = start(adam, 1);
  await steps(first, 1, 1);
  const tensors = await trainingTensors(first.session, first.training, () => 'f32');
  const checkpoint: CheckpointTensors = {
    path: folder,
    parameters: await saved(tensors.parameters),
    masterWeights: new Map(),
    optimizer: await saved(tensors.optimizer),
  };
  const second = start(adam, 2);
  const before = await trainedValues(second);
  const last = tensors.optimizer.at(-1)!.name;
  const without = new Map([...checkpoint.optimizer].filter(([name]) => name !== last));
  await expect(
    restoreTraining(second.session, second.training, { ...checkpoint, optimizer: without }),
  ).rejects.toThrow(`the checkpoint lacks ${last}`);
  const plain = start(sgd({ momentum: 0, nesterov: false }), 2);
  await expect(restoreTraining(plain.session, plain.training, checkpoint)).rejects.toThrow(
    /holds the optimizer state exp_avg\S*, which this run does not keep/,
  );
  expect(await trainedValues(second)).toEqual(before);
});
