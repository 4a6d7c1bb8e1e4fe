// Spreads: a block that is cut over two ranks computes what one rank computes, its spreads are
// inferred through the backward pass, and sums over ranks leave no graph.
import { describe, expect, it } from 'vitest';
import {
  add,
  cut,
  formatSpread,
  hostTensor,
  inferSpreads,
  numbersOf,
  partial,
  runReference,
  runReferenceRanks,
  trace,
  verifySpreads,
  type HostTensor,
  type Shape,
  type Spread,
  type Tensor,
  type Trace,
} from '../../src/index.js';
import { randomNumbers } from '../plan/random-graph.js';
import { AXIS, block, cutOf, CUTS, SHAPES } from './tensor-parallel-block.js';

const sizeOf = (shape: Shape): number => shape.reduce((product, size) => product * size, 1);

/** The piece of rank `rank` of two. */
function pieceOf(shape: Shape, values: readonly number[], dim: 0 | 1, rank: number): HostTensor {
  const own = shape.with(dim, shape[dim]! / 2);
  const run = sizeOf(own.slice(dim));
  const pieces = values.filter((_, i) => Math.floor(i / run) % 2 === rank);
  return hostTensor('f32', own, pieces);
}

describe('a block over two ranks', () => {
  const random = randomNumbers(3);
  const values = new Map(
    Object.entries(SHAPES).map(([name, shape]) => [
      name,
      Array.from({ length: sizeOf(shape) }, () => random() * 2 - 1),
    ]),
  );
  const segments = hostTensor('i32', [1, 4], [0, 6, 0, 6]);
  const feed = (tensor: (name: string, shape: Shape) => HostTensor): Map<string, HostTensor> =>
    new Map([
      ...Object.entries(SHAPES).map(([name, shape]) => [name, tensor(name, shape)] as const),
      ['segments', segments] as const,
    ]);
  const whole = (name: string, shape: Shape): HostTensor =>
    hostTensor('f32', shape, values.get(name)!);

  it('gives the results and gradients of one rank', () => {
    const { outputs: alone } = runReference(block({ ranks: 1 }), feed(whole));
    const graph = block({ ranks: 2 });
    const feeds = [0, 1].map((rank) =>
      feed((name, shape) => {
        const dim = cutOf(name);
        return dim === undefined
          ? whole(name, shape)
          : pieceOf(shape, values.get(name)!, dim, rank);
      }),
    );
    const ranks = runReferenceRanks(graph, feeds, [{ name: AXIS, size: 2 }]);
    expect(alone.size).toBe(11);
    for (const [name, expected] of alone) {
      const largest = Math.max(...numbersOf(expected).map(Math.abs));
      const dim = cutOf(name.replace('gradient.', ''));
      ranks.forEach(({ outputs }, rank) => {
        const wanted =
          dim === undefined ? expected : pieceOf(expected.shape, numbersOf(expected), dim, rank);
        const got = numbersOf(outputs.get(name)!);
        expect(got.length).toBe(numbersOf(wanted).length);
        numbersOf(wanted).forEach((value, i) =>
          expect(Math.abs(got[i]! - value) / largest, name).toBeLessThan(1e-6),
        );
      });
    }
  });

  it('has gradients that are spread as their weights', () => {
    const graph = block({ ranks: 2 });
    const spreads = verifySpreads(graph, AXIS, CUTS);
    expect(
      graph.outputs.map(({ name, value }) => `${name}: ${formatSpread(spreads.get(value)!)}`),
    ).toEqual([
      'y: replicated',
      'loss: replicated',
      'gradient.x: replicated',
      'gradient.norm: replicated',
      ...['q', 'k', 'v'].map((name) => `gradient.${name}: cut along dimension 0`),
      'gradient.o: cut along dimension 1',
      'gradient.gate: cut along dimension 0',
      'gradient.up: cut along dimension 0',
      'gradient.down: cut along dimension 1',
    ]);
  });

  it('is refused when a sum over ranks is forgotten', () => {
    expect(() => verifySpreads(block({ ranks: 2, forgotten: 'leave' }), AXIS, CUTS)).toThrow(
      'add in attention: operand b is partial over tp: sums over ranks must be complete here',
    );
    expect(() => verifySpreads(block({ ranks: 2, forgotten: 'enter' }), AXIS, CUTS)).toThrow(
      /in mlp: operand \w+ is partial over tp/,
    );
  });
});

describe('what leaves a graph', () => {
  const check = (body: (t: Trace, x: Tensor) => void, spread: Spread): void => {
    const graph = trace('leaves', (t) => body(t, t.input('state', 'x', [4], 'f32')));
    verifySpreads(graph, AXIS, new Map([['x', spread]]));
  };

  it('is no sum over ranks', () => {
    expect(() => check((t, x) => t.output('y', add(x, x)), partial)).toThrow(
      'output y is partial over tp',
    );
    expect(() => check((t, x) => t.assign(x, add(x, x)), partial)).toThrow(
      'what x is assigned is partial over tp',
    );
    check((t, x) => t.assign(x, add(x, x)), cut(0));
  });

  it('fits the state that it is assigned to', () =>
    expect(() =>
      check((t, x) => t.assign(t.input('state', 's', [4], 'f32'), add(x, x)), cut(0)),
    ).toThrow('s is replicated over tp, but what it is assigned is cut along dimension 0'));

  it('names inputs that are there', () =>
    expect(() =>
      inferSpreads(
        trace('none', () => undefined),
        AXIS,
        CUTS,
      ),
    ).toThrow('graph none has no input q'));
});
