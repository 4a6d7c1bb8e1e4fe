// Every op of the registry against its own definition: shapes, decomposition, gradients.
import { builtinOps, type OpDefinition } from '@automodel/core';
import { opConformance } from '@automodel/testing';
import { expect, test } from 'vitest';
import * as vocabulary from '../../src/ops/vocabulary.js';

const checks = opConformance(builtinOps);
for (const check of checks) test(check.name, () => check.run());

/** Ops whose gradient no sample compares. */
const WITHOUT_GRADIENT = {
  'integers, bools or codes come out': [
    'all and any argmax argmin argsort eq ge gt isfinite isinf isnan le lt ne not or quantize',
    'sample topk_idx xor',
  ],
  'nothing goes in': ['arange constant full'],
  'stops gradients': ['detach'],
  'takes codes': ['dequantize'],
  'changes states': [
    'write_rows adamw adamw_many clip_flag sgd sgd_many squared_norm squared_norm_many',
  ],
  'is made by gradient rules and passes, after differentiation': [
    'attention_backward depthwise_conv1d_weight_gradient embedding_backward',
    'embedding_backward_accumulate gated_activation_backward gradient_accumulate',
    'gradient_accumulate_many grouped_linear_weight_gradient layer_norm_backward',
    'linear_accumulate linear_cross_entropy_backward linear_cross_entropy_with_gradient',
    'linear_cross_entropy_with_gradient_accumulate linear_many matmul_accumulate',
    'matmul_accumulate_many matmul_accumulate_with_sum matmul_sum rms_norm_backward',
  ],
};

const listed = Object.values(WITHOUT_GRADIENT).flatMap((lines) => lines.join(' ').split(' '));

test('every op but those listed has a sample whose gradient is compared', () => {
  const compared = new Set(
    checks.flatMap(({ name }) => (name.endsWith(': gradient') ? [name.split(' ')[0]!] : [])),
  );
  const missing = Object.keys(builtinOps).filter((name) => !compared.has(name));
  expect(missing.sort()).toEqual(listed.toSorted());
});

test('the other samples that leave gradients out are these', () => {
  const left = Object.values<OpDefinition>(builtinOps)
    .filter(({ name }) => !listed.includes(name))
    .flatMap(({ name, samples }) =>
      samples.flatMap(({ differentiable }, i) =>
        differentiable?.length === 0 ? [`${name} ${i}`] : [],
      ),
    );
  expect(left).toEqual([
    'fused_elementwise 25', // bools inside
    'fused_elementwise 26', // integers inside
    'fused_elementwise 27', // bf16 inside
    'fused_reduction 10', // bf16
    'cross_entropy 1', // bf16
    'quantized_linear 5', // products in bf16
  ]);
});

test('every op has a sample', () => {
  const without = Object.values<OpDefinition>(builtinOps).filter((op) => op.samples.length === 0);
  expect(without.map((op) => op.name)).toEqual([]);
});

test('the registry names each op as the op does', () => {
  expect(Object.entries(builtinOps).filter(([name, op]) => op.name !== name)).toEqual([]);
});

test('the registry holds each op of the vocabulary', () => {
  const isOp = (value: unknown): value is OpDefinition =>
    typeof value === 'object' && value !== null && 'infer' in value && 'samples' in value;
  const registered = new Set<unknown>(Object.values(builtinOps));
  expect(
    Object.values<unknown>(vocabulary)
      .filter(isOp)
      .filter((op) => !registered.has(op))
      .map((op) => op.name),
  ).toEqual([]);
  expect(registered).toContain(vocabulary.einsumOp); // composite: found, not listed
});
