// Views against an enumeration of elements: each view addresses exactly the elements that the op's
// reference gives.
import { describe, expect, it } from 'vitest';
import {
  expand,
  hostTensor,
  permute,
  reshape,
  runReference,
  sizeOf,
  slice,
  trace,
  type Tensor,
} from '../../src/index.js';
import { applyView, isRowMajor, spanOf, wholeView, type View } from '../../src/plan/view.js';

/** The storage positions that a view visits, row-major. */
function positions({ shape, strides, offset }: View): number[] {
  return shape.reduce(
    (starts, dim, d) =>
      starts.flatMap((s) => Array.from({ length: dim }, (_, i) => s + i * strides[d]!)),
    [offset],
  );
}

/** Applies `body` to numbered elements, as a view of a view of ... and on the reference run. */
function compare(
  shape: readonly number[],
  body: (x: Tensor) => Tensor,
): { readonly view: View | undefined; readonly wanted: number[] } {
  const graph = trace('views', (t) => t.output('y', body(t.input('batch', 'x', shape, 'f32'))));
  const wanted = [
    ...(runReference(
      graph,
      new Map([
        [
          'x',
          hostTensor(
            'f32',
            shape,
            Array.from({ length: sizeOf(shape) }, (_, i) => i),
          ),
        ],
      ]),
    ).outputs.get('y')!.data as Float64Array),
  ];
  let view: View | undefined = wholeView(shape);
  for (const node of graph.nodes) view = view === undefined ? undefined : applyView(node, view);
  return { view, wanted };
}

describe('views', () => {
  const cases: [string, number[], (x: Tensor) => Tensor][] = [
    ['permute', [2, 3, 4], (x) => permute(x, [2, 0, 1])],
    ['slice with steps', [4, 6], (x) => slice(x, [1, 1], [4, 6], [1, 2])],
    ['slice of a permute', [4, 6], (x) => slice(permute(x, [1, 0]), [2, 1], [5, 3])],
    ['expand', [3, 1, 2], (x) => expand(x, [2, 3, 4, 2])],
    ['reshape splits a permuted dimension', [4, 6], (x) => reshape(permute(x, [1, 0]), [2, 3, 4])],
    [
      'reshape merges dimensions that lie together',
      [4, 2, 3],
      (x) => reshape(permute(x, [1, 2, 0]), [6, 4]),
    ],
    ['reshape of a slice', [5, 4, 3], (x) => reshape(slice(x, [1, 0, 0], [4, 4, 3]), [3, 2, 2, 3])],
    ['reshape with sizes of one', [4, 6], (x) => reshape(permute(x, [1, 0]), [1, 6, 1, 4, 1])],
    ['reshape of an expanded dimension', [1, 4], (x) => reshape(expand(x, [3, 4]), [3, 2, 2])],
    ['no elements', [3, 0, 2], (x) => slice(permute(x, [2, 0, 1]), [1, 0, 0], [2, 3, 0])],
    ['one element', [1], (x) => reshape(x, [])],
  ];
  it.each(cases)('%s', (_, shape, body) => {
    const { view, wanted } = compare(shape, body);
    expect(positions(view!)).toEqual(wanted);
    expect(spanOf(view!.shape, view!.strides)).toBe(
      wanted.length === 0 ? 0 : Math.max(...wanted) - Math.min(...wanted) + 1,
    );
  });

  it('reshapes that strides cannot express are left to a copy', () => {
    expect(compare([4, 6], (x) => reshape(permute(x, [1, 0]), [24])).view).toBeUndefined();
    expect(compare([1, 4], (x) => reshape(expand(x, [3, 4]), [12])).view).toBeUndefined();
    expect(compare([4, 4], (x) => reshape(slice(x, [0, 0], [4, 3]), [2, 6])).view).toBeUndefined();
  });

  it('row-major ignores strides of dimensions of size one', () => {
    expect(isRowMajor([2, 1, 3], [3, 99, 1])).toBe(true);
    expect(isRowMajor([2, 1, 3], [4, 3, 1])).toBe(false);
    expect(isRowMajor([0, 3], [7, 7])).toBe(true);
    expect(isRowMajor([2], [0])).toBe(false);
  });
});
