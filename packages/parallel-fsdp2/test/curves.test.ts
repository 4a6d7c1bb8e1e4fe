// A sample of all curves: every model and adapter at least once, every way of sharing many times.
// AUTOMODEL_CURVES=all runs each with each, all micro-batches and ten steps: an hour or more.
import process from 'node:process';
import { curveDistance, trainingCurve, type CurveOptions } from '@automodel/testing';
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

/** The curves of one process that were computed before, by what they are of. */
const known = new Map<string, ReturnType<typeof trainingCurve>>();
function alone(key: string, options: CurveOptions): ReturnType<typeof trainingCurve> {
  const curve = known.get(key) ?? trainingCurve(options);
  known.set(key, curve);
  return curve;
}

test.each(cases)(
  '$name in $precision, $how',
  async ({ trained, name, precision, sharing: { microBatches, few, ranks } }) => {
    const count = all ? microBatches : few;
    const options = await curveOf(trained, precision, count, STEPS);
    const [one] = await alone(`${name} ${precision} ${count}`, options);
    const curves = await trainingCurve({ ...options, ranks });
    for (const curve of curves)
      expect(curveDistance(curve, one!)).toBeLessThan(TOLERANCES[precision]);
  },
  all ? 1_800_000 : 120_000,
);
