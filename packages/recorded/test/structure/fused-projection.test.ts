// A recording in the manner of Phi-3: its rotations, gates and attention are found whether or not
// a part of each head is left as it is.
import { mul, cast, reshape, type Tensor, type Trace } from '@automodel/core';
import { expect, it } from 'vitest';
import { importGraph, parseRecordedGraph, recordedModel } from '../../src/index.js';
import { fusedProjectionGraph } from '../fused-projection-graph.js';
import { expectSameNumbers, fused, operations } from './fused.js';

const MASK = [1, 1, 1, 1, 1, 1, 1, 1, 0, 0];

/** Logits of the tokens that are real. */
function logits(t: Trace, rotated: number): Tensor {
  const text = JSON.stringify(fusedProjectionGraph(rotated));
  const graph = parseRecordedGraph(text, 'graph.json');
  const result = importGraph(t, graph);
  const real = t.input('batch', 'attention_mask', [2, 5], 'i64');
  return mul(result, cast(reshape(real, [2, 5, 1]), 'f32'));
}

it.each([4, 2, 0])('rotates %i of 4 columns of a head', (rotated) => {
  const result = fused((t) => logits(t, rotated), { attentionMask: 'attention_mask' });
  const names = operations(result.graph).map((name) => name.split('{')[0]);
  expect(names.filter((name) => name === 'rope')).toHaveLength(rotated === 0 ? 0 : 2);
  expect(names.filter((name) => name === 'attention')).toHaveLength(1);
  expect(names.filter((name) => name === 'rms_norm')).toHaveLength(3);
  expect(names.filter((name) => name === 'gated_activation')).toHaveLength(1);
  expect(result.report.missed).toEqual([]);
  expectSameNumbers(result, {
    input_ids: [1, 2, 3, 4, 5, 6, 7, 8, 0, 0],
    attention_mask: MASK,
  });
});

it('is a language model', () => {
  const graph = parseRecordedGraph(JSON.stringify(fusedProjectionGraph(4)), 'graph.json');
  const model = recordedModel(graph, { config: { vocab_size: 11 }, file: 'graph.json' });
  expect(model.vocabularySize).toBe(11);
});
