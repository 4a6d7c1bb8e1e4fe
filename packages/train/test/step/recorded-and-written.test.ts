// A recorded model and the package for its family compile to the same kernels in the hot path. The
// differences are listed here and in docs/fusion.md.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Capacity, LanguageModel, ModelConfig, ModelPlugin } from '@automodel/contracts';
import { builtinOps, compileGraph, type KernelTable } from '@automodel/core';
import { openRecordedModel } from '@automodel/recorded';
import gemma from '@automodel/models-gemma';
import llama from '@automodel/models-llama';
import qwen from '@automodel/models-qwen';
import { expect, test } from 'vitest';
import { rectangleCapacity } from '@automodel/session';
import { microProgram } from '../../src/step/micro-program.js';

const MODELS = join(import.meta.dirname, '../../../../goldens/models');
const PLUGINS: Readonly<Record<string, ModelPlugin>> = {
  'llama-gqa': llama,
  'llama-tied': llama,
  mistral: llama,
  qwen2: qwen,
  qwen3: qwen,
  gemma2: gemma,
  gemma3: gemma,
};

const kernels: KernelTable = Object.fromEntries(
  Object.keys(builtinOps).map((name) => [name, { acceptsView: () => true }]),
);

/**
 * Steps of forward and backward by op, without chains of elementwise ops, whose number depends on
 * where chains end.
 */
function steps(model: LanguageModel, capacity: Capacity): Record<string, number> {
  const { graph } = microProgram(
    { model, compute: 'f32', dtypeOf: () => 'f32' },
    capacity,
    () => true,
  );
  const counts: Record<string, number> = {};
  for (const { op } of compileGraph(
    graph,
    { backend: 'test', kernels },
    { disable: ['fuse-elementwise'] },
  ).plan.steps)
    counts[op] = (counts[op] ?? 0) + 1;
  return counts;
}

/**
 * Once for all layers: a recording reads ids as int64 and counts the real tokens of its rows for
 * segments; a package makes tables from positions, which a recording holds as constants.
 */
const expected = (ropes: number): Record<string, number> => ({
  cast: 2 - 1,
  sum: 1,
  add: 1,
  cos: -ropes,
  sin: -ropes,
  mul: 1 - ropes,
});

test.each([
  ['llama-gqa', 1],
  ['llama-tied', 1],
  ['mistral', 1],
  ['qwen2', 1],
  ['qwen3', 1],
  ['gemma2', 1],
  ['gemma3', 2],
])('%s', async (name, ropes) => {
  const config = JSON.parse(readFileSync(join(MODELS, name, 'config.json'), 'utf8')) as ModelConfig;
  const recorded = await openRecordedModel(join(MODELS, name, 'graph.json'), { config });
  const capacity = rectangleCapacity(recorded.batch.rectangle!);
  const [found, written] = [
    steps(recorded, capacity),
    steps(PLUGINS[name]!.create(config), capacity),
  ];
  const difference = Object.fromEntries(
    [...new Set([...Object.keys(found), ...Object.keys(written)])]
      .map((op) => [op, (found[op] ?? 0) - (written[op] ?? 0)])
      .filter(([, n]) => n !== 0),
  );
  expect(difference).toEqual(
    Object.fromEntries(Object.entries(expected(ropes)).filter(([, n]) => n !== 0)),
  );
});
