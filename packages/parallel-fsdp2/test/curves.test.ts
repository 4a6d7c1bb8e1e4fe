// A sample of all curves: every model and adapter at least once, every way of sharing many times.
// AUTOMODEL_CURVES=all runs each with each, all micro-batches and ten steps: an hour or more.
import process from 'node:process';
import { curveDistance, trainingCurve } from '@automodel/testing';
import { expect, test } from 'vitest';
import { curveOf, PRECISIONS, SHARINGS, TOLERANCES, TRAINED } from './curve-cases.js';

const all = process.env['AUTOMODEL_CURVES'] === 'all';
const STEPS = all ? 10 : 2;

const cases = TRAINED.flatMap((trained, i) =>
  PRECISIONS.flatMap((precision, p) =>
    SHARINGS.filter((_, s) => all || (p === i % 2 && s === (i * 3) % SHARINGS.length)).map(
      (sharing) => ({ trained, name: trained.join('/'), precision, sharing, how: sharing.name }),
    ),
  ),
);

test.each(cases)(
  '$name in $precision, $how',
  async ({ trained, precision, sharing: { microBatches, few, ranks } }) => {
    const options = await curveOf(trained, precision, all ? microBatches : few, STEPS);
    const [alone] = await trainingCurve(options);
    const curves = await trainingCurve({ ...options, ranks });
    for (const curve of curves)
      expect(curveDistance(curve, alone!)).toBeLessThan(TOLERANCES[precision]);
  },
  120_000,
);
