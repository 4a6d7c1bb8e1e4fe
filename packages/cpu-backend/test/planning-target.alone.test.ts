// Planning for the CPU backend where its native code is not at hand: the same choice of kernels and
// views as the opened backend, and nothing native loaded.
import { createRequire } from 'node:module';
import { expect, it, vi } from 'vitest';
import { add, matmul, mul, passesFor, planGraph, runPasses, softmax, trace } from '@automodel/core';
import plugin from '../src/index.js';

const graph = trace('scores', (t) => {
  const x = t.input('batch', 'x', [64, 64], 'f32');
  t.output('y', softmax(mul(matmul(x, x), add(x, 1)), -1));
});
const planFor = (target: Pick<ReturnType<typeof plugin.target>, 'name' | 'kernels'>) => {
  const planning = { backend: target.name, kernels: target.kernels };
  return planGraph(runPasses(graph, passesFor(planning)), planning);
};

it('needs no library, and chooses the kernels of the opened backend', async () => {
  const loaded = (): readonly string[] =>
    Object.keys(createRequire(import.meta.url).cache).filter((path) => path.includes('koffi'));
  vi.stubEnv('AUTOMODEL_CPU_LIBRARY', '/nowhere/library.so');
  expect(() => plugin.create({})).toThrow(/does not exist/);
  const planned = planFor(plugin.target({ threads: 3 }));
  expect(loaded()).toEqual([]);
  vi.unstubAllEnvs();
  const backend = plugin.create({ threads: 1 });
  expect(loaded()).not.toEqual([]);
  const steps = (plan: typeof planned) => plan.steps.map(({ op, inputs }) => ({ op, inputs }));
  expect(steps(planned)).toEqual(steps(planFor(backend)));
  expect(planned.arenaBytes).toBeLessThanOrEqual(planFor(backend).arenaBytes);
  await backend.close();
});

it('gives nominal figures for the threads asked for', () => {
  const { device, name, numericsKey } = plugin.target({ threads: 3 });
  expect({ name, numericsKey, threads: device.threads }).toEqual({
    name: 'cpu',
    numericsKey: undefined,
    threads: 3,
  });
  expect(device.peakFlops.f32).toBe(3 * plugin.target({ threads: 1 }).device.peakFlops.f32);
  expect(Math.min(device.peakFlops.bf16, device.bandwidth, device.memoryBytes)).toBeGreaterThan(0);
  expect(() => plugin.target({ threads: 0 })).toThrow(
    'threads must be a positive whole number, not 0',
  );
});
