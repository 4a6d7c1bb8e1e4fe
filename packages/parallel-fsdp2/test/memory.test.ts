// What a rank holds, from plans alone: its share of weights, gradients and optimizer states,
// padding included, for any number of ranks; two units of gathered weights and the gradients of
// one; and a model of 70 billion parameters over 1,024.
import type { LanguageModel } from '@automodel/contracts';
import { sizeOf } from '@automodel/core';
import { parameterRecords } from '@automodel/session';
import { describe, expect, test } from 'vitest';
import { bytesAt, bytesOfUnits, modelOf, planned, SMALL, sum } from './planned.js';

/** Bytes of f32 masters on each rank: rows of the first dimension are padded to equal pieces. */
const share = (model: LanguageModel, ranks: number): number =>
  parameterRecords(model, []).reduce(
    (total, { shape: [rows = 1, ...row] }) => total + 4 * Math.ceil(rows / ranks) * sizeOf(row),
    0,
  );

describe.each([2, 8, 64, 1024])('one of %i ranks', (ranks) => {
  const model = modelOf(SMALL);

  test('holds an equal share of everything that stays, and padding', async () => {
    const { memory } = (await planned(model, { ranks, tokens: 16 })).report;
    const bytes = share(model, ranks);
    expect(memory.parameters).toBe(bytes);
    expect(memory.gradients).toBe(bytes);
    expect(memory.optimizer).toBe(2 * bytes);
    const whole = share(model, 1);
    expect(memory.padding).toBe(Math.round(4 * (bytes - whole / ranks)));
  });

  test.each(['f32', 'bf16'] as const)(
    'in %s: at most two neighbouring units are gathered, one unit of gradients is whole',
    async (precision) => {
      const { programs } = await planned(model, { ranks, tokens: 16, precision });
      const { plan } = programs.get('micro')!;
      for (const units of bytesAt(plan, 'all_gather', 'outputs')) {
        const layers = [...units.keys()].flatMap((unit) => /layers\.(\d+)/.exec(unit)?.[1] ?? []);
        const isOutside = [...units.keys()].some((unit) => !unit.includes('layers.'));
        expect(layers.length + (isOutside ? 1 : 0)).toBeLessThanOrEqual(2);
        const [first, second = first] = layers.map(Number);
        expect(Math.abs((first ?? 0) - (second ?? 0))).toBeLessThanOrEqual(1);
      }
      const largest = Math.max(...bytesOfUnits(plan, 'reduce_scatter', 'inputs').values());
      for (const units of bytesAt(plan, 'reduce_scatter', 'inputs'))
        expect(sum(units.values())).toBeLessThanOrEqual(largest);
    },
  );
});

test('gradients that are reduced once a step are whole on every rank', async () => {
  const model = modelOf(SMALL);
  const distributed = { defer_fsdp_grad_sync: true };
  const { programs, report } = await planned(model, { ranks: 8, tokens: 16, distributed });
  expect([...programs.keys()]).toEqual(['micro', 'micro last', 'update']);
  expect(report.memory.gradients).toBe(share(model, 8));
  expect(report.memory.unreduced).toBeGreaterThanOrEqual(8 * share(model, 8));
  const calls = (name: string): number =>
    report.programs
      .find((program) => program.name === name)!
      .collectives.reduce((n, { op, calls }) => (op === 'reduce_scatter' ? n + calls : n), 0);
  expect(calls('micro')).toBe(0);
  expect(calls('micro last')).toBeGreaterThan(0);
});

test('groups that keep a copy between them gather there in the backward pass', async () => {
  const model = modelOf(SMALL);
  const distributed = { reshard_after_forward: 2 };
  const { programs, report } = await planned(model, { ranks: 8, tokens: 16, distributed });
  const { plan } = programs.get('micro')!;
  const again = plan.steps.filter(({ op, phase }) => op === 'all_gather' && phase === 'recompute');
  expect(again.length).toBeGreaterThan(0);
  expect(again.every(({ attrs }) => attrs['axis'] === 'dp_shard_inner')).toBe(true);
  const sent = (collectives: (typeof report.programs)[number]['collectives']): number =>
    collectives.reduce((total, { op, bytes }) => (op === 'all_gather' ? total + bytes : total), 0);
  const all = await planned(model, { ranks: 8, tokens: 16 });
  expect(sent(report.programs[0]!.collectives)).toBeLessThan(
    sent(all.report.programs[0]!.collectives),
  );
});

test('70 billion parameters over 1,024 ranks fit 20 GB', async () => {
  const model = modelOf({
    vocab_size: 32000,
    hidden_size: 8192,
    intermediate_size: 28672,
    num_hidden_layers: 80,
    num_attention_heads: 64,
    num_key_value_heads: 8,
    head_dim: 128,
    max_position_embeddings: 4096,
  });
  const held = 4 * share(model, 1024);
  const arenaBudgetBytes = 20e9 - held;
  const { report } = await planned(model, { ranks: 1024, tokens: 4096, arenaBudgetBytes });
  const { parameters, gradients, optimizer, ...memory } = report.memory;
  expect(parameters + gradients + optimizer).toBe(held);
  const transient = memory.activations + memory.gathered + memory.unreduced + memory.workspace;
  expect(held + transient).toBeLessThanOrEqual(20e9);
});
