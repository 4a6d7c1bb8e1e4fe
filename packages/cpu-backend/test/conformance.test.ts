// Every kernel against the reference run, forward and gradient: the conformance suite of ops on
// each instruction set of this machine. Each graph runs on one and on two threads, which must give
// the same bits.
// Other sets than the best one take f32 only: which storage types a kernel reads does not depend on
// them.
import { afterAll, expect, it } from 'vitest';
import {
  AutomodelError,
  builtinOps,
  type DType,
  type OpDefinition,
  type OpName,
} from '@automodel/core';
import { compareTensors, opConformance, runOnBackend, type RunGraph } from '@automodel/testing';
import { createCpuBackend } from '../src/cpu-backend.js';
import { KERNEL_ENCODINGS } from '../src/kernel-encodings.js';
import { instructionSets } from '../src/native-pool.js';
import { describeInstructionSets } from './support/describe-instruction-sets.js';

/**
 * The float operands that may be bf16 or f16 where it is not all of them: the others are tables,
 * statistics and scalars, always f32.
 */
const STORED_OPERANDS: Partial<Record<OpName, readonly number[]>> = {
  adamw: [0, 1, 2, 3],
  adamw_many: Array.from({ length: 24 }, (_, i) => 6 + i),
  attention_backward: [0, 1, 2, 3, 4],
  clip_flag: [],
  embedding_backward_accumulate: [0, 2],
  fused_elementwise: [], // its samples state the dtypes that their programs were written for
  fused_reduction: [],
  gradient_accumulate: [0, 1],
  gradient_accumulate_many: [1, 2, 3, 4, 5, 6, 7, 8],
  layer_norm_backward: [0, 1, 2],
  linear_cross_entropy: [0, 1],
  linear_cross_entropy_backward: [1, 2],
  linear_cross_entropy_with_gradient: [0, 1],
  linear_cross_entropy_with_gradient_accumulate: [0, 1, 4],
  linear_accumulate: [0, 1, 2, 3],
  matmul_accumulate: [0, 1, 2],
  matmul_accumulate_many: [0, 2, 3, 4, 5, 6, 7],
  matmul_accumulate_with_sum: [0, 1, 2, 4, 5],
  dequantize: [],
  quantized_linear: [0, 1],
  rms_norm_backward: [0, 1, 2],
  rope: [0],
  sample: [0],
  sgd: [0, 1, 2],
  sgd_many: Array.from({ length: 18 }, (_, i) => 4 + i),
};

const storageTypes = (op: OpDefinition, operand: number): readonly DType[] =>
  STORED_OPERANDS[op.name as OpName]?.includes(operand) === false ? [] : ['bf16', 'f16'];

/** Runs on both backends; their bits must agree. */
const onBoth =
  (one: RunGraph, two: RunGraph): RunGraph =>
  async (graph, feeds) => {
    const [first, second] = [await one(graph, feeds), await two(graph, feeds)];
    for (const [name, result] of first) {
      const difference = compareTensors(second.get(name)!, result, 0);
      if (difference !== undefined)
        throw new AutomodelError(
          'bad-graph',
          `two threads differ from one, ${name}: ${difference}`,
        );
    }
    return first;
  };

it('says how every op runs', () => {
  const wordsOf = (op: OpDefinition): readonly unknown[] =>
    op.view === true || op.decompose === undefined ? ['layout'] : ['decompose'];
  for (const op of Object.values<OpDefinition>(builtinOps)) {
    const entry = KERNEL_ENCODINGS[op.name as OpName];
    if (typeof entry === 'string') expect(wordsOf(op), op.name).toContain(entry);
  }
});

describeInstructionSets('kernels on %s', (instructionSet) => {
  const backends = [1, 2].map((threads) => createCpuBackend({ threads, instructionSet }));
  afterAll(() => Promise.all(backends.map((backend) => backend.close())));
  // A strided sample of segments would be other segments, ones that reach beyond the rows.
  const meaningless = /^attention(_backward)? \d+: kernel, strided operands$/;
  const runGraph = onBoth(runOnBackend(backends[0]!), runOnBackend(backends[1]!));
  const checks = opConformance(Object.values<OpDefinition>(builtinOps), {
    runGraph,
    ...(instructionSet === instructionSets()[0] ? { dtypes: storageTypes } : {}),
  }).filter((check) => check.name.includes('kernel') && !meaningless.test(check.name));
  it.each(checks)('$name', ({ run }) => run());
});
