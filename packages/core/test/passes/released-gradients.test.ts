// Gradients without states in programs that apply them: how they are summed, and when they are
// applied.
import { describe, expect, it } from 'vitest';
import {
  add,
  exp,
  full,
  gradientAccumulate,
  matmul,
  mean,
  mul,
  permute,
  runPasses,
  sgd,
  trace,
  type Graph,
  type Pass,
  type Tensor,
} from '../../src/index.js';
import { eliminateDead } from '../../src/passes/eliminate-dead.js';
import { fuseAccumulation } from '../../src/passes/fuse-accumulation.js';
import { orderUpdates } from '../../src/passes/order-updates.js';
import { printedLines } from './rewritten.js';

describe('gradients without states', () => {
  const step = (passes: readonly Pass[]): Graph =>
    runPasses(
      trace('program', (t) => {
        t.phase = 'backward';
        const [w, x, dy] = [
          t.input('parameter', 'w', [3, 3], 'f32'),
          t.input('batch', 'x', [4, 3], 'f32'),
          t.input('batch', 'dy', [4, 3], 'f32'),
        ];
        const back = (y: Tensor): Tensor => matmul(permute(x, [1, 0]), y);
        const products = add(back(mul(dy, 2)), back(mul(dy, 3)));
        const gradient = add(add(exp(back(dy)), products), exp(back(mul(dy, 4))));
        const none = full([3, 3], 0, 'f32', t);
        const sum = gradientAccumulate(none, gradient, full([], 0, 'f32', t));
        t.output('dx', matmul(dy, w));
        t.output('loss', mean(exp(x)));
        t.at('w', 'update', () => {
          const lr = t.input('scalar', 'lr', [], 'f32');
          const scalars = { learningRate: lr, weightDecay: lr, clipScale: lr, flag: lr };
          const [next] = sgd(w, sum, undefined, scalars, { momentum: 0, nesterov: false });
          t.assign(w, next);
        });
      }),
      passes,
      { verify: true },
    );

  it('start with their first term and add the others to it', () => {
    const lines = printedLines(step([fuseAccumulation, eliminateDead]));
    expect(lines.filter((line) => /matmul|accumulate|sgd/.test(line))).toMatchInlineSnapshot(`
      [
        "%7: f32[3,3] = matmul(%6, %5) {compute: "f32"}  # backward",
        "%12: f32[3,3] = matmul_accumulate(%10, %9, %7, %11) {compute: "f32"}  # backward",
        "%14: f32[3,3] = matmul(%13, dy) {compute: "f32"}  # backward",
        "%17: f32[3,3] = gradient_accumulate(%12, %15, %16)  # backward",
        "%21: f32[3,3] = matmul(%20, %19) {compute: "f32"}  # backward",
        "%24: f32[3,3] = gradient_accumulate(%17, %22, %23)  # backward",
        "%27: f32[4,3] = matmul(dy, w) {compute: "f32"}  # backward",
        "%30: f32[3,3], %31: f32[0] = sgd(w, %24, -, lr, lr, lr, lr) {momentum: 0, nesterov: false}  # w update",
      ]
    `);
  });

  it('are applied when they are complete and the parameter is read for the last time', () => {
    const names = (graph: Graph): string[] => graph.nodes.map(({ op }) => op.name);
    const [traced, ordered] = [[], [orderUpdates]].map((last) =>
      names(step([fuseAccumulation, eliminateDead, ...last])).slice(-4),
    );
    expect(traced).toEqual(['matmul', 'exp', 'mean', 'sgd']);
    expect(ordered).toEqual(['matmul', 'sgd', 'exp', 'mean']);
  });

  it('keeps the order of programs that only update', () => {
    const graph = trace('update', (t) => {
      t.phase = 'update';
      t.output('y', exp(t.input('state', 'x', [2], 'f32')));
    });
    expect(runPasses(graph, [orderUpdates])).toBe(graph);
  });
});
