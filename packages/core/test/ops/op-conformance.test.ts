// Every op of the registry against its own definition: shapes, decomposition, gradients.
import { builtinOps } from '@automodel/core';
import { opConformance } from '@automodel/testing';
import { expect, test } from 'vitest';

for (const check of opConformance(builtinOps)) test(check.name, () => check.run());

test('the registry names each op as the op does', () => {
  expect(Object.entries(builtinOps).filter(([name, op]) => op.name !== name)).toEqual([]);
});
