// The cast policy: which values become bf16, and which stay as they are.
import { describe, expect, it } from 'vitest';
import {
  add,
  cast,
  castPolicy,
  embedding,
  index,
  linear,
  matmul,
  mul,
  reshape,
  rmsNorm,
  rope,
  runReference,
  scaledDotProductAttention,
  softmax,
  sum,
  tanh,
  trace,
  verifyGraph,
  writeRows,
  type Tensor,
} from '../../src/index.js';
import { printedLines } from './rewritten.js';
import { tinyFeeds, tinyForward } from './tiny-model.js';

describe('cast policy', () => {
  it('makes activations bf16 from the embedding on, not parameters, tables and statistics', () => {
    const graph = castPolicy(
      trace('program', (t) => {
        const tables = [
          t.input('batch', 'cos', [4, 2], 'f32'),
          t.input('batch', 'sin', [4, 2], 'f32'),
        ] as const;
        const hidden = embedding(
          t.input('parameter', 'table', [9, 8], 'f32'),
          t.input('batch', 'ids', [4], 'i32'),
        );
        const normed = rmsNorm(hidden, t.input('parameter', 'norm', [8], 'f32'), 1e-5);
        const q = rope(
          reshape(linear(normed, t.input('parameter', 'q', [8, 8], 'f32')), [4, 2, 4]),
          ...tables,
        );
        t.output('probabilities', softmax(sum(q, [2]), 1));
        t.output('hidden', add(hidden, normed));
      }),
      'bf16',
    );
    verifyGraph(graph);
    expect(printedLines(graph)).toMatchInlineSnapshot(`
      [
        "%6: bf16[4,8] = embedding(table, ids) {out_dtype: "bf16"}",
        "%7: bf16[4,8], %8: f32[4] = rms_norm(%6, norm) {eps: 0.00001, weight_offset: 0}",
        "%9: bf16[4,8] = linear(%7, q, -) {compute: "bf16"}",
        "%10: bf16[4,2,4] = reshape(%9) {shape: [4,2,4]}",
        "%11: bf16[4,2,4] = rope(%10, cos, sin) {interleaved: false, inverse: false}",
        "%12: f32[4,2,4] = cast(%11) {to: "f32"}",
        "%13: f32[4,2] = sum(%12) {dims: [2], keepdim: false}",
        "%14: f32[4,2] = softmax(%13) {dim: 1}",
        "%15: bf16[4,8] = add(%6, %7)",
        "%16: f32[4,8] = cast(%15) {to: "f32"}",
        "output probabilities = %14",
        "output hidden = %16",
      ]
    `);
  });

  it('reads stored tables of other dtypes into the compute dtype', () => {
    const program = trace('program', (t) => {
      const [table, ids] = [
        t.input('parameter', 'table', [9, 8], 'bf16'),
        t.input('batch', 'ids', [4], 'i64'),
      ];
      t.output(
        'y',
        linear(
          add(embedding(table, ids), index(table, [0], [ids])),
          t.input('parameter', 'w', [8, 8], 'bf16'),
        ),
      );
    });
    expect(printedLines(castPolicy(program, 'f32'))).toMatchInlineSnapshot(`
      [
        "%3: f32[4,8] = embedding(table, ids) {out_dtype: "f32"}",
        "%4: bf16[4,8] = index(table, ids) {dims: [0]}",
        "%5: f32[4,8] = cast(%4) {to: "f32"}",
        "%6: f32[4,8] = add(%3, %5)",
        "%7: f32[4,8] = linear(%6, w, -) {compute: "f32"}",
        "%8: bf16[4,8] = cast(%7) {to: "bf16"}",
        "output y = %8",
      ]
    `);
  });

  it('keeps host numbers that bf16 cannot hold exact', () => {
    const graph = castPolicy(
      trace('program', (t) => {
        const x = matmul(
          t.input('batch', 'x', [4, 8], 'f32'),
          t.input('parameter', 'w', [8, 8], 'f32'),
        );
        t.output('y', tanh(mul(mul(x, 0.5), 0.1)));
      }),
      'bf16',
    );
    expect(printedLines(graph)).toMatchInlineSnapshot(`
      [
        "%2: bf16[4,8] = cast(x) {to: "bf16"}",
        "%3: bf16[4,8] = matmul(%2, w) {out_dtype: "bf16", compute: "bf16"}",
        "%4: f32[] = constant() {shape: [], dtype: "f32", data: [0.5]}",
        "%5: bf16[] = cast(%4) {to: "bf16"}",
        "%6: bf16[4,8] = mul(%3, %5)",
        "%7: f32[] = constant() {shape: [], dtype: "f32", data: [0.1]}",
        "%8: f32[4,8] = cast(%6) {to: "f32"}",
        "%9: f32[4,8] = mul(%8, %7)",
        "%10: bf16[4,8] = cast(%9) {to: "bf16"}",
        "%11: bf16[4,8] = tanh(%10)",
        "%12: f32[4,8] = cast(%11) {to: "f32"}",
        "output y = %12",
      ]
    `);
  });

  it('follows the dtype of a state that is written', () => {
    const graph = castPolicy(
      trace('program', (t) => {
        const cache = t.input('state', 'cache', [16, 8], 'f32');
        const rows = linear(
          t.input('batch', 'x', [2, 8], 'f32'),
          t.input('parameter', 'w', [8, 8], 'f32'),
        );
        t.assign(cache, writeRows(cache, rows, t.input('batch', 'positions', [2], 'i32')));
      }),
      'bf16',
    );
    verifyGraph(graph);
    expect(printedLines(graph)).toMatchInlineSnapshot(`
      [
        "%4: bf16[2,8] = cast(x) {to: "bf16"}",
        "%5: bf16[2,8] = linear(%4, w, -) {compute: "bf16"}",
        "%6: f32[2,8] = cast(%5) {to: "f32"}",
        "%7: f32[16,8] = write_rows(cache, %6, positions)",
        "assign cache <- %7",
      ]
    `);
  });

  it('stays near f32', () => {
    const [wide, narrow] = [tinyForward(), castPolicy(tinyForward(), 'bf16')];
    const [a, b] = [wide, narrow].map((g) =>
      Number(runReference(g, tinyFeeds(wide), 'typed').outputs.get('loss')!.data[0]),
    ) as [number, number];
    expect(b).not.toBe(a);
    expect(Math.abs(a - b) / a).toBeLessThan(0.01);
  });

  it.each(['f32', 'bf16'] as const)(
    'takes stored bf16 keys beside f32 queries into attention, computing in %s',
    (compute) => {
      const graph = castPolicy(
        trace('program', (t) => {
          const [q, k] = (['q', 'k'] as const).map((name) =>
            t.input('parameter', name, [1, 2, 3, 4], name === 'k' ? 'bf16' : 'f32'),
          ) as [Tensor, Tensor];
          const queries = sum(cast(mul(q, 2), 'bf16'), [0], true);
          t.output('mixed', scaledDotProductAttention(queries, k, k, { scale: 0.5 }));
        }),
        compute,
      );
      verifyGraph(graph);
    },
  );
});
