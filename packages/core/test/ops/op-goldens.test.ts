// Every operation of the recorded-graph vocabulary against PyTorch: 269 cases of 102 operations,
// outputs and gradients.
import { opGoldens } from '@automodel/testing';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const checks = await opGoldens(fileURLToPath(new URL('../../../../goldens/ops', import.meta.url)));

for (const check of checks) test(check.name, () => check.run());

test('all cases are there', () => {
  expect(checks).toHaveLength(269);
});
