// What a profile says in sum, and the parts of a model that it adds up over.
import { expect, test } from 'vitest';
import { profileSummary } from '@automodel/train';
import { layerOf, moduleKind } from '../../src/profile/module-kind.js';
import { device, profiledSteps } from './profiled-steps.js';

test('times are those of one step on average, rates those of all', async () => {
  const summary = profileSummary(await profiledSteps(), device);
  expect(summary).toMatchObject({ device: 'a processor', threads: 4, steps: [1, 2] });
  expect(summary.stepSeconds).toBeCloseTo(25e-6, 12);
  expect(summary.kernelSeconds).toBeCloseTo(16e-6, 12);
  const names = (rows: readonly { readonly name: string; readonly seconds: number }[]) =>
    rows.map(({ name, seconds }) => [name, Math.round(seconds * 1e9)]);
  expect(names(summary.byProgram)).toEqual([
    ['micro', 12000],
    ['update', 4000],
  ]);
  expect(names(summary.byOp)).toEqual([
    ['linear', 8000],
    ['loss', 4000],
    ['adamw', 4000],
    ['all_gather', 0],
  ]);
  expect(names(summary.byModule)).toEqual([
    ['mlp.up_proj', 12000],
    ['(outside modules)', 4000],
    ['model.layers.*', 0],
  ]);
  expect(names(summary.byLayer)).toEqual([
    ['model.layers.0', 6000],
    ['model.layers.1', 6000],
    ['(outside modules)', 4000],
  ]);
  expect(summary.byOp[0]).toEqual({
    name: 'linear',
    seconds: expect.closeTo(8e-6, 12) as number,
    share: 0.5,
    flopsPerSecond: expect.closeTo(1e9) as number,
    bytesPerSecond: expect.closeTo(0.05e9) as number,
    rooflineShare: expect.closeTo(1) as number,
  });
  expect(Object.keys(summary.byOp[3]!)).toEqual(['name', 'seconds', 'share']);
});

test.each([
  ['model.layers.11.self_attn.q_proj', 'model.layers.11', 'self_attn.q_proj'],
  ['model.layers.11.self_attn.q_proj.lora_A', 'model.layers.11', 'self_attn.q_proj.lora_A'],
  ['transformer.h.0.mlp.experts.15.w1', 'transformer.h.0', 'mlp.experts.*.w1'],
  ['model.layers.3', 'model.layers.3', 'model.layers.*'],
  ['3.linear', '3', 'linear'],
  ['lm_head', 'lm_head', 'lm_head'],
  ['conv1d.weight', 'conv1d.weight', 'conv1d.weight'],
  ['', '(outside modules)', '(outside modules)'],
])('%s is in layer %s, of kind %s', (scope, layer, kind) => {
  expect([layerOf(scope), moduleKind(scope)]).toEqual([layer, kind]);
});
