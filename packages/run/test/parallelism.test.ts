// What a parallelism strategy does besides placing parameters: its passes see every program, its
// host group sums and decides which process writes, plans count what it stores.
import { rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cat, sizeOf, type Graph, type Pass } from '@automodel/core';
import { checkRecipe } from '@automodel/recipe';
import { singleProcess } from '@automodel/session';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AutoModelForCausalLM, composeRun, PluginRegistry, type RunEvent } from '../src/index.js';
import { strategy, StrategyRuns } from './strategy-runs.js';
import { plugins } from './tiny-model.js';

let runs: StrategyRuns;
beforeAll(async () => {
  runs = await StrategyRuns.create();
});
afterAll(() => runs[Symbol.asyncDispose]());

test('passes of a strategy see every program: before gradients and after lowering', async () => {
  const seen: string[] = [];
  const spy = (slot: string, look: (graph: Graph) => string): Pass => ({
    name: `spy-${slot}`,
    summary: 'looks',
    numerics: 'bitwise',
    run: (graph) => {
      seen.push(`${slot} ${graph.name} ${look(graph)}`);
      return { graph, values: new Map() };
    },
  });
  const phases = (graph: Graph): string =>
    [...new Set(graph.nodes.map(({ phase }) => phase))].sort().join('+');
  const spies = strategy('spies', {
    passes: {
      forward: [spy('forward', phases)],
      lowering: [spy('lowering', phases)],
      last: [spy('last', phases)],
    },
  });
  const evaluation = {
    dataset: { path_or_dataset_id: runs.data },
    num_samples: 1,
    max_new_tokens: 1,
  };
  await runs.run(runs.recipe('spies', 'spied', { evaluation }), [spies]);
  expect(new Set(seen.map((line) => line.replace(/decode \d+/, 'decode')))).toEqual(
    new Set([
      'forward micro forward',
      'lowering micro backward+forward',
      'last micro backward+forward',
      'lowering update update',
      'last update update',
      'forward evaluate forward',
      'lowering evaluate forward',
      'last evaluate forward',
      'forward decode forward',
      'lowering decode forward',
      'last decode forward',
    ]),
  );
});

test('only the first process reports; losses are those of one process', async () => {
  const small = { step_scheduler: { global_batch_size: 4, local_batch_size: 1, max_steps: 2 } };
  const losses = (events: readonly RunEvent[]): number[] =>
    events.flatMap((event) =>
      event.type === 'validation' || event.type === 'step' ? [event.loss] : [],
    );
  const alone = await runs.run(runs.recipe('none', 'alone', small));
  const [first, other] = await runs.runOverRanks(runs.recipe('ddp', 'shared', small));
  losses(alone).forEach((loss, i) => expect(losses(first!)[i]).toBeCloseTo(loss, 5));
  expect(losses(other!)).toEqual(losses(first!));
  expect(other!.at(-1)).toMatchObject({ type: 'done', reason: 'finished' });
  const types = new Set(other!.map(({ type }) => type));
  for (const type of ['saved', 'report', 'tracker'] as const) expect(types).not.toContain(type);
});

test('processes that find a result make up for its report together', async () => {
  const [folder, recipe] = [
    join(runs.root, 'late'),
    runs.recipe('ddp', 'late', { checkpoint: { restore_from: 'auto' } }),
  ];
  await runs.runOverRanks(recipe);
  const { size: metricsBytes } = await stat(join(folder, 'metrics.jsonl'));
  for (const name of ['report.html', 'report.json']) await rm(join(folder, name));
  const ending = { step: 2, epoch: 0, best: null, metricsBytes, evaluated: false };
  await writeFile(join(folder, '.ending.json'), JSON.stringify(ending));
  const events = await runs.runOverRanks(recipe);
  expect(events.map((own) => own.map(({ type }) => type))).toEqual([
    ['finished', 'report', 'done'],
    ['finished', 'done'],
  ]);
});

test.each([
  ['none', 'dp_size', 8, '8 does not fit the one process that runs'],
  ['ddp', 'dp_replicate_size', 3, '3 does not fit the one process that runs'],
])('strategy %s with %s %i in one process is refused', async (strategyName, key, size, message) => {
  const recipe = runs.recipe('none', 'sizes', {
    distributed: { strategy: strategyName, [key]: size },
  });
  await expect(runs.run(recipe)).rejects.toThrow(message);
});

test('a strategy that nothing provides is refused, also by check', async () => {
  const unknown = runs.recipe('fdsp2', 'unknown');
  await expect(runs.run(unknown)).rejects.toThrow('strategy "fdsp2" needs a plugin');
  const registry = new PluginRegistry({ discovered: [], given: plugins });
  await using composed = composeRun(checkRecipe(unknown), registry);
  const findings: unknown[] = [];
  for await (const finding of composed.check())
    if (finding.error !== undefined) findings.push(finding);
  expect(findings).toMatchObject([{ check: 'distributed' }]);
});

test('a model that is only loaded is whole', async () => {
  await using model = await AutoModelForCausalLM.fromPretrained(join(runs.root, 'model'), {
    plugins,
  });
  expect(model.session.parallelism).toBe(singleProcess);
});

test('a plan counts what a process stores, with the passes of its strategy', async () => {
  let looks = 0;
  const look: Pass = {
    name: 'look',
    summary: 'looks',
    numerics: 'bitwise',
    run: (graph) => ({ graph: (looks++, graph), values: new Map() }),
  };
  /** Holds every matrix of an even number of rows as the first half of it. */
  const sharded = strategy('sharded', {
    passes: { forward: [look] },
    interceptor: {
      placement: ({ shape: [rows = 0, ...row] }) =>
        row.length === 0 || rows % 2 === 1
          ? undefined
          : { shape: [rows / 2, ...row], boxes: () => [] },
      read: ({ shape }, next) => {
        const stored = next();
        return sizeOf(stored.shape) === sizeOf(shape) ? stored : cat([stored, stored]);
      },
    },
  });
  const planned = async (name: string, budget?: number) => {
    const registry = new PluginRegistry({ discovered: [], given: [...plugins, sharded] });
    const memory = budget === undefined ? {} : { budget_gb: budget };
    await using composed = composeRun(
      checkRecipe(runs.recipe(name, 'planned', { memory })),
      registry,
    );
    return (await composed.plan()).report.memory;
  };
  const [whole, half] = [await planned('none'), await planned('sharded')];
  expect(looks).toBeGreaterThan(1);
  expect(half.parameters).toBeLessThan(0.55 * whole.parameters);
  expect(half.gradients).toBeLessThan(0.55 * whole.gradients);
  // weights, gradients and two moments of what is not stored
  const spared = 4 * (whole.parameters - half.parameters);
  const tight = (160 * 2 ** 20 + 4 * half.parameters + spared / 2) / 1e9;
  await expect(planned('none', tight)).rejects.toMatchObject({ code: 'out-of-memory' });
  await expect(planned('sharded', tight)).resolves.toBeDefined();
});
