// The charts of a run: how long ones are thinned, and which axis they prefer.
import { expect, test } from 'vitest';
import { chartsOf, MAX_POINTS } from '../src/charts.js';
import { data, steps } from './sample-run.js';

test(
  'long runs are thinned to the mean of equally many steps; memory keeps its peaks; validation ' +
    'stays where it was',
  () => {
    const many = steps(4000).map((step) => ({
      ...step,
      loss: step.step,
      memoryGib: step.step === 7 ? 9 : 1,
    }));
    const [loss, , , , memory] = chartsOf({
      ...data,
      steps: many,
      validations: [{ name: 'default', step: 10, loss: 3 }],
    });
    expect(memory!.x.length).toBeLessThanOrEqual(MAX_POINTS);
    expect(loss!.stepsPerPoint).toBe(3);
    expect(loss!.x.slice(0, 5)).toEqual([3, 6, 9, 11, 12]);
    expect(loss!.series.map(({ values }) => values.slice(0, 5))).toEqual([
      [1, 4, 7, null, 10],
      [null, null, null, 3, null],
    ]);
    expect(memory!.series[0]!.values.slice(0, 4)).toEqual([1, 1, 9, 1]);
    expect(memory!.series[1]).toMatchObject({ label: 'predicted', reference: true });
  },
);

test('losses that fall far get a logarithmic axis', () => {
  const logarithmic = (last: number): string =>
    chartsOf({
      ...data,
      validations: [],
      steps: [
        { ...data.steps[0]!, loss: 4 },
        { ...data.steps[1]!, loss: last },
      ],
    })[0]!.logarithmic;
  expect([1, 0.01, 0].map(logarithmic)).toEqual(['possible', 'preferred', 'possible']);
});
