// Equal nodes are computed once, and nodes that differ in anything are kept apart.
import { describe, expect, it } from 'vitest';
import {
  add,
  constant,
  defineOp,
  exp,
  full,
  mul,
  slice,
  type OpDefinition,
  type Tensor,
} from '../../src/index.js';
import { shareCommon } from '../../src/passes/share-common.js';
import { input, opsOf, rewritten } from './rewritten.js';

describe('share-common', () => {
  it('merges equal nodes of one phase, constants by content', () => {
    const graph = rewritten((t) => {
      const x = input(t);
      const table = (): Tensor => constant([1, 2, 3, 4, 5, 6], [6], 'f32');
      const a = add(exp(mul(x, table())), exp(mul(x, table())));
      t.at('', 'backward', () => t.output('y', add(a, exp(mul(x, table())))));
    }, shareCommon);
    expect(graph.nodes.map((n) => `${n.op.name} ${n.phase}`)).toEqual([
      'constant forward',
      'mul forward',
      'exp forward',
      'add forward',
      'mul backward',
      'exp backward',
      'add backward',
    ]);
  });

  it('keeps constants apart whose bytes have one fingerprint', () => {
    // FNV-1a gives both the same 32 bits.
    const numbers = [
      [213043, 723981],
      [14038972, 11908555],
    ];
    const graph = rewritten((t) => {
      numbers.forEach((pair, i) => t.output(`y${i}`, constant(pair, [2], 'i32', t)));
    }, shareCommon);
    expect(opsOf(graph)).toEqual(['constant', 'constant']);
  });

  it('keeps apart what differs in an attribute, in zero sign or by being marked once', () => {
    const once: OpDefinition<Record<string, never>> = defineOp({
      name: 'test_once',
      summary: 'not to be merged',
      operands: ['x'],
      infer: ({ x }) => [x],
      reference: ({ x }) => [x],
      once: true,
      samples: [],
    });
    const graph = rewritten((t) => {
      const x = input(t);
      const values = [
        mul(x, 0),
        mul(x, -0),
        full([3], 0, 'f32', t),
        full([3], -0, 'f32', t),
        slice(x, [0, 0], [3, 6]),
        slice(x, [1, 0], [4, 6]),
        t.apply(once, [x], {})[0],
        t.apply(once, [x], {})[0],
      ];
      values.forEach((v, i) => t.output(`y${i}`, v));
    }, shareCommon);
    expect(opsOf(graph)).toEqual([
      'constant',
      'mul',
      'constant',
      'mul',
      'full',
      'full',
      'slice',
      'slice',
      'test_once',
      'test_once',
    ]);
  });
});
