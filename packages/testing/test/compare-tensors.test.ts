// What every other test compares with: a difference in any element is seen, NaN agrees with NaN
// alone, and central differences have an error of the second order.
import { hostTensor, type DType, type HostTensor } from '@automodel/core';
import { centralDifferences, compareTensors } from '@automodel/testing';
import { describe, expect, it } from 'vitest';

const tensor = (values: readonly number[], dtype: DType = 'f32'): HostTensor =>
  hostTensor(dtype, [values.length], values);

describe('compareTensors', () => {
  it.each([0, 1, 2, 3])('sees a difference or NaN at element %i', (at) => {
    const expected = [1, 2, -3, 4];
    for (const wrong of [7, NaN, Infinity]) {
      const actual = expected.map((value, i) => (i === at ? wrong : value));
      expect(compareTensors(tensor(actual), tensor(expected), 0.1)).toContain(
        `element ${at} of [4] is ${wrong}, expected ${expected[at]}`,
      );
    }
  });

  it('keeps NaN in sight whatever follows it', () => {
    expect(compareTensors(tensor([9, NaN, 1, 1]), tensor([1, 1, 1, 1]), 0.1)).toContain(
      'element 1',
    );
    expect(compareTensors(tensor([1, 2]), tensor([NaN, 2]), 0.1)).toContain('element 0');
  });

  it('takes NaN for NaN and an infinity for the same', () => {
    const odd = [NaN, Infinity, -Infinity];
    expect(compareTensors(tensor(odd), tensor(odd), 0)).toBeUndefined();
    expect(compareTensors(tensor([Infinity]), tensor([-Infinity]), 1)).toContain('element 0');
  });

  it('allows floats the tolerance times the largest entry, integers nothing', () => {
    expect(compareTensors(tensor([100.9, 1.9]), tensor([100, 1]), 0.01)).toBeUndefined();
    expect(compareTensors(tensor([101.1, 1]), tensor([100, 1]), 0.01)).toContain('element 0');
    expect(compareTensors(tensor([101], 'i32'), tensor([100], 'i32'), 0.5)).toContain('element 0');
  });

  it('compares types first', () => {
    expect(compareTensors(tensor([1], 'f64'), tensor([1]), 1)).toBe(
      'f64[1] where f32[1] is expected',
    );
  });
});

it('central differences follow a curved function to the third order', () => {
  const cubes = ({ data }: HostTensor): number =>
    Array.from(data as Float64Array).reduce((sum, x) => sum + x ** 3, 0);
  const [slope] = centralDifferences(tensor([1, 2], 'f64'), [1], cubes);
  expect(Math.abs(slope! - 12)).toBeLessThan(1e-8);
});
