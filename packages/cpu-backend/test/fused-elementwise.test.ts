// Chains over tensors that fill many chunks and tiles: the bits of the kernels they replace, on
// every instruction set and any number of threads.
import { afterAll, expect, it } from 'vitest';
import {
  add,
  cast,
  clamp,
  exp,
  FUSION_PASSES,
  gelu,
  gt,
  mean,
  mul,
  passesFor,
  permute,
  runPasses,
  sigmoid,
  silu,
  sub,
  sum,
  trace,
  where,
  type Graph,
  type HostTensor,
} from '@automodel/core';
import { compareTensors, randomNumbers, runOnBackend, sampleTensor } from '@automodel/testing';
import { createCpuBackend } from '../src/cpu-backend.js';
import { describeInstructionSets } from './support/describe-instruction-sets.js';

const [ROWS, COLUMNS] = [61, 701];

/**
 * Rows longer than a tile or shorter than a vector, columns, transposed and narrow operands, whole
 * numbers, several results, sums of every direction.
 */
function chains(columns: number): Graph {
  return trace('chains', (t) => {
    const x = t.input('batch', 'x', [ROWS, columns], 'f32');
    const y = permute(t.input('batch', 'y', [columns, ROWS], 'f32'), [1, 0]);
    const row = t.input('batch', 'row', [columns], 'bf16');
    const column = t.input('batch', 'column', [ROWS, 1], 'f32');
    const n = t.input('batch', 'n', [ROWS, columns], 'i64');
    const h = add(mul(silu(x), cast(row, 'f32')), exp(column));
    t.output('h', h);
    t.output('z', where(gt(n, 0), sub(gelu(h, 'tanh'), y), clamp(sigmoid(y), 0.4, null)));
    t.output('narrow', mul(cast(x, 'bf16'), row));
    t.output('whole', add(mul(n, n), cast(x, 'i64')));
    t.output('over columns', sum(mul(x, y), [1]));
    t.output('over rows', sum(mul(x, column), [0]));
    t.output('over all', mean(mul(x, x)));
  });
}

describeInstructionSets('chains on %s', (instructionSet) => {
  const backends = [1, 2, 5].map((threads) => createCpuBackend({ threads, instructionSet }));
  afterAll(() => Promise.all(backends.map((backend) => backend.close())));

  it.each([COLUMNS, 1500, 5])('of %i columns keep every bit', async (columns) => {
    const graph = chains(columns);
    const random = randomNumbers(3);
    const feeds = new Map<string, HostTensor>(
      graph.inputs.map((v) => [
        v.input!.name,
        sampleTensor(
          { shape: v.shape, dtype: v.dtype, range: v.dtype === 'i64' ? [-4, 4] : [-3, 3] },
          random,
        ),
      ]),
    );
    const target = { backend: backends[0]!.name, kernels: backends[0]!.kernels };
    const fused = runPasses(
      graph,
      passesFor(target).filter((pass) => FUSION_PASSES.includes(pass.name)),
      { verify: true },
    );
    expect(fused.nodes.filter((n) => n.op.name.startsWith('fused_')).length).toBeGreaterThan(4);
    const plain = await runOnBackend(backends[0]!)(graph, feeds);
    for (const backend of backends)
      for (const [name, result] of await runOnBackend(backend)(fused, feeds))
        expect(compareTensors(result, plain.get(name)!, 0), name).toBeUndefined();
  });
});
