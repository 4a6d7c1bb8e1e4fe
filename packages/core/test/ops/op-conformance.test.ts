// Every op of the registry against its own definition: shapes, decomposition, gradients.
import * as core from '@automodel/core';
import { builtinOps } from '@automodel/core';
import { opConformance } from '@automodel/testing';
import { expect, test } from 'vitest';

for (const check of opConformance(builtinOps)) test(check.name, () => check.run());

test('the registry names each op as the op does', () => {
  expect(Object.entries(builtinOps).filter(([name, op]) => op.name !== name)).toEqual([]);
});

test('the registry holds each op that is exported', () => {
  const isOp = (value: unknown): value is core.OpDefinition =>
    typeof value === 'object' && value !== null && 'infer' in value && 'samples' in value;
  const registered = new Set<unknown>(Object.values(builtinOps));
  expect(
    Object.values<unknown>(core)
      .filter(isOp)
      .filter((op) => !registered.has(op))
      .map((op) => op.name),
  ).toEqual([]);
  expect(registered).toContain(core.einsumOp); // composite: found, not listed
});
