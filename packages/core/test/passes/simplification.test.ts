// Small passes, seen in printed graphs before and after.
import { describe, expect, it } from 'vitest';
import {
  cat,
  add,
  arange,
  cast,
  constant,
  cos,
  defineOp,
  exp,
  expand,
  full,
  mul,
  neg,
  permute,
  printGraph,
  reshape,
  sum,
  type Attributes,
  type OpDefinition,
  type Tensor,
} from '../../src/index.js';
import { castOp, expandOp, permuteOp, reshapeOp, sliceOp } from '../../src/ops/vocabulary.js';
import { foldConstants } from '../../src/passes/fold-constants.js';
import { simplify } from '../../src/passes/simplify.js';
import { input, opsOf, rewritten } from './rewritten.js';

/** A node that the user function of its op would have skipped. */
const node = (x: Tensor, op: unknown, attrs: Attributes): Tensor =>
  x.trace.apply(op as OpDefinition, [x], attrs)[0];

describe('eliminate-dead', () => {
  const effect: OpDefinition<Record<string, never>> = defineOp({
    name: 'test_effect',
    summary: 'an op with effects',
    operands: ['x'],
    infer: ({ x }) => [x],
    reference: ({ x }) => [x],
    once: true,
    samples: [],
  });
  it('keeps what outputs, assigns and effects need', () => {
    const graph = rewritten((t) => {
      const x = input(t);
      neg(exp(x));
      t.apply(effect, [mul(x, x)], {});
      const state = t.input('state', 's', [4, 6], 'f32');
      t.assign(state, add(state, x));
    });
    expect(opsOf(graph)).toEqual(['mul', 'test_effect', 'add']);
  });
});

describe('simplify', () => {
  const same: [string, (x: Tensor) => Tensor][] = [
    ['identity reshape', (x) => node(x, reshapeOp, { shape: [4, 6] })],
    ['identity cast', (x) => node(x, castOp, { to: 'f32' })],
    ['identity permute', (x) => node(x, permuteOp, { dims: [0, 1] })],
    ['identity expand', (x) => node(x, expandOp, { shape: [4, 6] })],
    ['whole slice', (x) => node(x, sliceOp, { start: [0, 0], end: [4, 6], step: [1, 1] })],
    ['sum over a dimension of one', (x) => sum(reshape(x, [4, 1, 6]), [1])],
    ['reshape there and back', (x) => reshape(reshape(x, [24]), [4, 6])],
    ['permute there and back', (x) => permute(permute(x, [1, 0]), [1, 0])],
    ['exact cast there and back', (x) => cast(cast(x, 'f64'), 'f32')],
    ['product with one', (x) => mul(mul(1, x), full([6], 1, 'f32', x.trace))],
  ];
  it.each(same)('removes %s', (_, body) => {
    const graph = rewritten((t) => t.output('y', body(input(t))), simplify);
    expect(opsOf(graph)).toEqual([]);
  });

  it('merges views of views', () => {
    const graph = rewritten(
      (t) =>
        t.output(
          'y',
          permute(permute(reshape(reshape(input(t), [24]), [2, 3, 4]), [1, 2, 0]), [1, 2, 0]),
        ),
      simplify,
    );
    expect(printGraph(graph, graph.nodes)).toMatchInlineSnapshot(`
      "graph program
        batch x: f32[4,6]
        %2: f32[2,3,4] = reshape(x) {shape: [2,3,4]}
        %4: f32[4,2,3] = permute(%2) {dims: [2,0,1]}
        output y = %4"
    `);
  });

  it('composes permutes in their order', () => {
    const graph = rewritten(
      (t) => t.output('y', permute(permute(input(t, 'x', [2, 3, 4]), [1, 2, 0]), [0, 2, 1])),
      simplify,
    );
    expect(graph.nodes.map(({ attrs, outputs }) => [attrs['dims'], outputs[0]!.shape])).toEqual([
      [
        [1, 0, 2],
        [3, 2, 4],
      ],
    ]);
  });

  it('removes sums over dimensions of size one, and no others', () => {
    const sums = (dims: number[]): string[] =>
      opsOf(rewritten((t) => t.output('y', sum(input(t, 'x', [1, 4, 1]), dims)), simplify));
    expect(sums([0, 2])).toEqual(['reshape']);
    expect(sums([0, 1])).toEqual(['sum']);
  });

  it('removes empty pieces of joins, and no others', () => {
    const joined = (...widths: number[]): string[] =>
      opsOf(
        rewritten((t) => {
          const pieces = widths.map((width, i) => input(t, `x${i}`, [4, width]));
          t.output('y', cat(pieces, 1));
        }, simplify),
      );
    expect(joined(3, 0)).toEqual([]);
    expect(joined(0, 3, 2, 0)).toEqual(['cat']);
    expect(joined(0, 0)).toEqual(['cat']);
  });

  it('keeps casts that lose bits and products that broadcast', () => {
    expect(
      opsOf(rewritten((t) => t.output('y', cast(cast(input(t), 'bf16'), 'f32')), simplify)),
    ).toEqual(['cast', 'cast']);
    expect(
      opsOf(
        rewritten(
          (t) => t.output('y', mul(input(t, 'x', [6]), full([4, 6], 1, 'f32', t))),
          simplify,
        ),
      ),
    ).toEqual(['full', 'mul']);
  });
});

describe('fold-constants', () => {
  it('evaluates a chain once, at its end, rounded as the program would', () => {
    const graph = rewritten(
      (t) => t.output('y', mul(input(t), cos(mul(cast(arange(0, 6), 'f32'), 0.1)))),
      foldConstants,
    );
    expect(opsOf(graph)).toEqual(['constant', 'mul']);
    const data = [...(graph.nodes[0]!.attrs['data'] as Float64Array)];
    expect(data).toEqual(
      Array.from({ length: 6 }, (_, i) => Math.fround(Math.cos(Math.fround(i * Math.fround(0.1))))),
    );
  });

  it('leaves repetition a view, and what depends on data alone', () => {
    const graph = rewritten(
      (t) =>
        t.output('y', add(input(t), expand(exp(constant([1, 2, 3, 4], [4, 1], 'f32')), [4, 6]))),
      foldConstants,
    );
    expect(opsOf(graph)).toEqual(['constant', 'expand', 'add']);
  });

  it('does not grow the program by large tables', () => {
    const graph = rewritten(
      (t) =>
        t.output(
          'y',
          add(
            input(t, 'x', [5000, 1000]),
            cast(reshape(arange(0, 5_000_000, 1, 'i32'), [5000, 1000]), 'f32'),
          ),
        ),
      foldConstants,
    );
    expect(opsOf(graph)).toEqual(['arange', 'reshape', 'cast', 'add']);
  });
});
