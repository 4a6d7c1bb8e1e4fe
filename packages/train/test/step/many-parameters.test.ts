// The update of more tensors than LoRA on every linear module of 80 layers trains, which the step
// that clips by their norms reads all at once.
import { gradientState, type Backend } from '@automodel/contracts';
import { hostTensor, runReference, sizeOf, type HostTensor } from '@automodel/core';
import cpu from '@automodel/cpu-backend';
import { runOnBackend } from '@automodel/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sgd } from '../../src/index.js';
import { updateProgram } from '../../src/step/update-program.js';

let backend: Backend;
beforeAll(() => {
  backend = cpu.create({ threads: 2 });
});
afterAll(() => backend.close());

const LAYERS = 80;
const MODULES = ['q_proj', 'k_proj', 'v_proj', 'o_proj', 'gate_proj', 'up_proj', 'down_proj'];

test('the norm of 1,120 trained tensors is that of the reference run', async () => {
  const parameters = Array.from({ length: LAYERS }, (_, layer) =>
    MODULES.flatMap((module) =>
      ['lora_A', 'lora_B'].map((part) => ({
        name: `model.layers.${layer}.${module}.${part}.weight`,
        shape: [2, 1 + (layer % 3)],
        dtype: 'f32' as const,
      })),
    ),
  ).flat();
  expect(parameters).toHaveLength(1120);
  const graph = updateProgram(parameters, sgd({ momentum: 0, nesterov: false }), 1);
  const feeds = new Map<string, HostTensor>(
    graph.inputs.map(({ input: { name }, shape, dtype }, n) => [
      name,
      hostTensor(
        dtype,
        shape,
        Array.from({ length: sizeOf(shape) }, (_, i) => (1 + ((n + i) % 5)) / 8),
      ),
    ]),
  );
  const expected = runReference(graph, feeds, 'typed');
  const results = await runOnBackend(backend)(graph, feeds);
  const norm = Number(results.get('grad_norm')!.data[0]);
  const squares = parameters.flatMap(({ name }) => [...feeds.get(gradientState(name))!.data]);
  expect(norm).toBeCloseTo(Math.hypot(...squares.map(Number)), 4);
  for (const [name, { data }] of expected.outputs)
    expect(results.get(name)!.data, name).toEqual(data);
});
