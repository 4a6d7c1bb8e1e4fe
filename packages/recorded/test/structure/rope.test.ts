// Every spelling of a rotary embedding becomes rope: halves, neighbours, parts of heads, tables as
// constants or computed, heads before or after tokens.
import { describe, expect, it } from 'vitest';
import {
  add,
  arange,
  cast,
  cat,
  constant,
  cos,
  expand,
  flip,
  mul,
  neg,
  permute,
  reshape,
  sin,
  slice,
  sub,
  type Tensor,
  type Trace,
} from '@automodel/core';
import { expectSameNumbers, fused, inputs, operations } from './fused.js';

const [B, S, H, D] = [2, 3, 2, 4];
const { x, y } = inputs({ x: [B, S, H * D], y: [S, D] });
/** [B,H,S,D]. */
const heads = (t: Trace): Tensor => permute(reshape(x(t), [B, S, H, D]), [0, 2, 1, 3]);
const columns = (v: Tensor, from: number, to: number, step = 1): Tensor =>
  slice(
    v,
    v.shape.map((_, i) => (i === v.rank - 1 ? from : 0)),
    v.shape.map((d, i) => (i === v.rank - 1 ? to : d)),
    v.shape.map((_, i) => (i === v.rank - 1 ? step : 1)),
  );
/** Angles [S, pairs]. */
const angles = (t: Trace, pairs: number): Tensor =>
  mul(
    reshape(cast(arange(0, S, 1, 'i64', t), 'f32'), [S, 1]),
    constant(
      Array.from({ length: pairs }, (_, i) => 0.5 ** i),
      [pairs],
      'f32',
      t,
    ),
  );
const rotateHalf = (v: Tensor): Tensor =>
  cat(
    [neg(columns(v, v.shape.at(-1)! / 2, v.shape.at(-1)!)), columns(v, 0, v.shape.at(-1)! / 2)],
    -1,
  );
const twice = (v: Tensor): Tensor => cat([v, v], -1);
/** [f0, f0, f1, f1, ...]. */
const doubled = (v: Tensor): Tensor =>
  reshape(expand(reshape(v, [...v.shape, 1]), [...v.shape, 2]), [
    ...v.shape.slice(0, -1),
    2 * v.shape.at(-1)!,
  ]);
const joined = (a: Tensor, b: Tensor): Tensor =>
  reshape(cat([reshape(a, [...a.shape, 1]), reshape(b, [...b.shape, 1])], -1), [
    ...a.shape.slice(0, -1),
    2 * a.shape.at(-1)!,
  ]);

function halves(v: Tensor, angle: Tensor): Tensor {
  return add(mul(v, cos(twice(angle))), mul(rotateHalf(v), sin(twice(angle))));
}

function neighbours(v: Tensor, angle: Tensor): [Tensor, Tensor] {
  const [even, odd] = [columns(v, 0, D, 2), columns(v, 1, D, 2)];
  return [
    sub(mul(even, cos(angle)), mul(odd, sin(angle))),
    add(mul(even, sin(angle)), mul(odd, cos(angle))),
  ];
}

const HALVES = ['rope{interleaved: false, inverse: false}'];
const PAIRS = ['rope{interleaved: true, inverse: false}'];

describe('fuse-rope', () => {
  it('prints as one op', () => {
    const { after } = fused((t) => halves(heads(t), angles(t, D / 2)));
    expect(after).toMatchInlineSnapshot(`
      "graph test
        parameter x: f32[2,3,8]
        %5: f32[6,2,4] = reshape(x) {shape: [6,2,4]}
        %9: f32[6,2] = constant() {shape: [6,2], dtype: "f32", data: [1,1,0.5403022766113281,0.8775825500488281,-0.416146844625473,0.5403022766113281,1,1,0.5403022766113281,0.8775825500488281,-0.416146844625473,0.5403022766113281]}
        %13: f32[6,2] = constant() {shape: [6,2], dtype: "f32", data: [0,0,0.8414709568023682,0.4794255495071411,0.9092974066734314,0.8414709568023682,0,0,0.8414709568023682,0.4794255495071411,0.9092974066734314,0.8414709568023682]}
        %14: f32[6,2,4] = rope(%5, %9, %13) {interleaved: false, inverse: false}
        %15: f32[2,3,2,4] = reshape(%14) {shape: [2,3,2,4]}
        %16: f32[2,2,3,4] = permute(%15) {dims: [0,2,1,3]}
        output result = %16"
    `);
  });

  it.each([
    ['halves', (t) => halves(heads(t), angles(t, 2)), HALVES],
    [
      'halves without a rotation of the whole',
      (t) => {
        const [v, a] = [heads(t), angles(t, 2)];
        const [p, q] = [columns(v, 0, 2), columns(v, 2, 4)];
        return cat([sub(mul(p, cos(a)), mul(q, sin(a))), add(mul(q, cos(a)), mul(p, sin(a)))], -1);
      },
      HALVES,
    ],
    [
      'the first part of a head',
      (t) => {
        const v = heads(t);
        return cat([halves(columns(v, 0, 2), angles(t, 1)), columns(v, 2, D)], -1);
      },
      HALVES,
    ],
    [
      'the last part of a head',
      (t) => {
        const v = heads(t);
        return cat([columns(v, 0, 2), halves(columns(v, 2, D), angles(t, 1))], -1);
      },
      HALVES,
    ],
    ['neighbours', (t) => joined(...neighbours(heads(t), angles(t, 2))), PAIRS],
    [
      'neighbours by stack and doubled tables',
      (t) => {
        const v = heads(t);
        return add(
          mul(v, cos(doubled(angles(t, 2)))),
          mul(joined(neg(columns(v, 1, D, 2)), columns(v, 0, D, 2)), sin(doubled(angles(t, 2)))),
        );
      },
      PAIRS,
    ],
    [
      'neighbours by flip and signs',
      (t) => {
        const v = reshape(heads(t), [B, H, S, 2, 2]);
        const turned = flip(v, [-1]);
        const signed = cat([neg(columns(turned, 0, 1)), columns(turned, 1, 2)], -1);
        return add(
          mul(heads(t), cos(doubled(angles(t, 2)))),
          mul(reshape(signed, [B, H, S, D]), sin(doubled(angles(t, 2)))),
        );
      },
      PAIRS,
    ],
    ['neighbours that become halves', (t) => cat(neighbours(heads(t), angles(t, 2)), -1), HALVES],
    [
      'the negative angle',
      (t) => {
        const [v, a] = [heads(t), angles(t, 2)];
        return add(mul(v, cos(twice(a))), mul(neg(rotateHalf(v)), sin(twice(a))));
      },
      ['rope{interleaved: false, inverse: true}'],
    ],
    [
      'tokens before heads',
      (t) => {
        const a = reshape(angles(t, 2), [1, S, 1, 2]);
        return halves(reshape(x(t), [B, S, H, D]), a);
      },
      HALVES,
    ],
    ['no heads', (t) => halves(x(t), angles(t, (H * D) / 2)), HALVES],
    [
      'tables of batch data',
      (t) =>
        halves(
          heads(t),
          mul(
            reshape(cast(t.input('batch', 'positions', [B, S], 'i64'), 'f32'), [B, 1, S, 1]),
            reshape(angles(t, 2), [1, 1, S, 2]),
          ),
        ),
      [...['mul', 'cos', 'sin'], ...HALVES],
    ],
  ] satisfies [string, Parameters<typeof fused>[0], string[]][])('takes %s', (_, build, ops) => {
    const result = fused(build);
    expect(operations(result.graph)).toEqual(ops);
    expectSameNumbers(result, { positions: [0, 1, 2, 1, 2, 3] });
  });

  it('leaves learned tables and other products alone, and reports them', () => {
    const learned = fused((t) => halves(heads(t), y(t).slice([0, 0], [S, 2])));
    expect(operations(learned.graph)).not.toContain(HALVES[0]);
    const wrong = fused((t) => {
      const v = heads(t);
      return add(
        mul(v, cos(twice(angles(t, 2)))),
        mul(rotateHalf(v), sin(mul(twice(angles(t, 2)), 2))),
      );
    });
    expect(operations(wrong.graph)).toEqual(HALVES);
    const uneven = fused((t) => {
      const v = heads(t);
      return add(mul(v, cos(angles(t, 4))), mul(rotateHalf(v), sin(angles(t, 4))));
    });
    expect(operations(uneven.graph)).not.toContain(HALVES[0]);
    expect(uneven.report.missed).toEqual([
      {
        pattern: 'fuse-rope',
        scope: '',
        reason: 'the tables that rotated entries are multiplied with are not those of one rotation',
      },
    ]);
  });
});
