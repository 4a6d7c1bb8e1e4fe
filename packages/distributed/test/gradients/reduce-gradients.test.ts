// The pass that adds up gradients: what travels, in which buckets, and that the states of all ranks
// hold the sums afterwards.
import { gradientState, LOSS_STATE } from '@automodel/contracts';
import {
  add,
  hostTensor,
  mul,
  numbersOf,
  runReferenceRanks,
  trace,
  type Graph,
} from '@automodel/core';
import { describe, expect, test } from 'vitest';
import { bucketOption, reduceGradients } from '../../src/index.js';

const NAMES = ['a', 'b', 'c', 'd'] as const;
const AXES = [{ name: 'dp_replicate', size: 2 }];

/** Adds x to a loss, and x times a number to the gradients of four parameters. */
const micro = (): Graph =>
  trace('micro', (t) => {
    const x = t.input('batch', 'x', [4], 'f32');
    const loss = t.input('state', LOSS_STATE, [4], 'f32');
    t.assign(loss, add(loss, x));
    let scaled = x;
    for (const name of NAMES) {
      const state = t.input('state', gradientState(name), [4], 'f32');
      scaled = mul(scaled, 10);
      t.assign(state, add(state, scaled));
    }
    t.output('y', x);
  });

const reduced = (graph: Graph, bucketBytes: number): Graph =>
  reduceGradients({ axis: 'dp_replicate', ranks: 2, bucketBytes }).run(graph).graph;

/** How many tensors each collective of a graph has, in order. */
const buckets = (graph: Graph): readonly number[] =>
  graph.nodes.filter(({ op }) => op.name === 'all_reduce').map(({ inputs }) => inputs.length);

/** What the states of each rank hold, where rank r has the batch r + 1 and every state 1. */
const statesOf = (graph: Graph): readonly Record<string, number>[] => {
  const ones = hostTensor('f32', [4], [1, 1, 1, 1]);
  const feeds = [1, 2].map(
    (x) =>
      new Map([
        ['x', hostTensor('f32', [4], [x, x, x, x])],
        [LOSS_STATE, ones],
        ...NAMES.map((name) => [gradientState(name), ones] as const),
      ]),
  );
  return runReferenceRanks(graph, feeds, AXES).map(({ assigns }) =>
    Object.fromEntries([...assigns].map(([name, value]) => [name, numbersOf(value)[3]!])),
  );
};

describe('reduceGradients', () => {
  // a gradient has 16 bytes
  test.each([
    [1, [1, 1, 1, 1]],
    [16, [1, 1, 1, 1]],
    [17, [2, 2]],
    [32, [2, 2]],
    [33, [3, 1]],
    [1e9, [4]],
  ])('buckets close at %i bytes', (bytes, sizes) => {
    expect(buckets(reduced(micro(), bytes))).toEqual(sizes);
  });

  test.each([1, 32, 1e9])('every rank has the sums, with buckets of %i bytes', (bytes) => {
    const gradients = {
      [gradientState('a')]: 11 + 21,
      [gradientState('b')]: 101 + 201,
      [gradientState('c')]: 1001 + 2001,
      [gradientState('d')]: 10001 + 20001,
    };
    expect(statesOf(reduced(micro(), bytes))).toEqual([
      { [LOSS_STATE]: 2, ...gradients },
      { [LOSS_STATE]: 3, ...gradients },
    ]);
  });

  test('a bucket leaves before the gradients that come after it are made', () => {
    const names = reduced(micro(), 16).nodes.map(({ op }) => op.name);
    expect(names.indexOf('all_reduce')).toBeLessThan(names.lastIndexOf('mul'));
  });

  test('a graph without gradients stays as it is', () => {
    const graph = trace('forward', (t) => {
      const x = t.input('batch', 'x', [2], 'f32');
      const loss = t.input('state', LOSS_STATE, [2], 'f32');
      t.assign(loss, add(loss, x));
    });
    expect(reduced(graph, 1)).toBe(graph);
  });
});

describe('bucketOption', () => {
  test('is in bytes, and 25 MiB where it is left out', () => {
    expect(bucketOption({ bucket_cap_mb: 0.5 })).toBe(2 ** 19);
    expect(bucketOption({})).toBe(25 * 2 ** 20);
    expect(bucketOption({ bucket_cap_mb: null })).toBe(25 * 2 ** 20);
  });

  test.each([0, -1, '25', NaN, true])('refuses %j by its key', (value) => {
    expect(() => bucketOption({ bucket_cap_mb: value })).toThrow(
      'distributed.bucket_cap_mb: must be a number above 0',
    );
  });
});
