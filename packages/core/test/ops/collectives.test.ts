// Collectives over simulated ranks: what each gives to whom, in which order sums are taken, and
// that gradients through them are those of one process that holds everything.
import { describe, expect, it } from 'vitest';
import {
  allGather,
  allReduce,
  broadcast,
  collectiveOps,
  gradients,
  hostTensor,
  mul,
  narrow,
  numbersOf,
  reduceScatter,
  runReference,
  runReferenceRanks,
  sum,
  trace,
  type DType,
  type Graph,
  type RankAxis,
  type Shape,
  type Tensor,
} from '../../src/index.js';

const line = (size: number): readonly RankAxis[] => [{ name: 'dp_shard', size }];

/** `y` of every rank, where rank r feeds `data[r]` as x. */
function onRanks(
  body: (x: Tensor) => Tensor,
  data: readonly (readonly number[])[],
  {
    shape = [data[0]!.length],
    dtype = 'f32',
    axes = line(data.length),
  }: {
    readonly shape?: Shape;
    readonly dtype?: DType;
    readonly axes?: readonly RankAxis[];
  } = {},
): number[][] {
  const graph = trace('ranks', (t) => t.output('y', body(t.input('batch', 'x', shape, dtype))));
  const feeds = data.map((values) => new Map([['x', hostTensor(dtype, shape, values)]]));
  return runReferenceRanks(graph, feeds, axes).map(({ outputs }) => numbersOf(outputs.get('y')!));
}

const over = (ranks: number, axis = 'dp_shard') => ({ axis, ranks });

describe('collectives', () => {
  it('all_reduce gives every rank the sum', () => {
    const y = onRanks(
      (x) => allReduce([x], over(3))[0]!,
      [
        [1, 2],
        [10, 20],
        [100, 200],
      ],
    );
    expect(y).toEqual([
      [111, 222],
      [111, 222],
      [111, 222],
    ]);
  });

  it('sums are taken in the order of ranks, each addition in f32', () => {
    const data = [[2 ** 24], [1], [1], [-(2 ** 24)]];
    expect(onRanks((x) => allReduce([x], over(4))[0]!, data)[0]).toEqual([0]);
    const reversed = onRanks((x) => allReduce([x], over(4))[0]!, data.toReversed());
    expect(reversed[0]).toEqual([2]);
  });

  it('all_gather puts pieces one after the other, of integers too', () => {
    const y = onRanks(
      (x) => allGather([x], over(2))[0]!,
      [
        [1, 2, 3, 4],
        [5, 6, 7, 8],
      ],
      {
        shape: [2, 2],
        dtype: 'i32',
      },
    );
    expect(y).toEqual([
      [1, 2, 3, 4, 5, 6, 7, 8],
      [1, 2, 3, 4, 5, 6, 7, 8],
    ]);
  });

  it('reduce_scatter gives each rank its rows of the sum', () => {
    const y = onRanks(
      (x) => reduceScatter([x], over(2))[0]!,
      [
        [1, 2, 3, 4],
        [10, 20, 30, 40],
      ],
      {
        shape: [2, 2],
      },
    );
    expect(y).toEqual([
      [11, 22],
      [33, 44],
    ]);
  });

  it("broadcast gives every rank the root's", () => {
    const y = onRanks((x) => broadcast([x], { ...over(3), root: 1 })[0]!, [[1], [2], [3]]);
    expect(y).toEqual([[2], [2], [2]]);
  });

  it('stay within the ranks that differ along their axis only', () => {
    const axes = [
      { name: 'dp_replicate', size: 2 },
      { name: 'dp_shard', size: 2 },
    ];
    const data = [[1], [2], [4], [8]];
    const inner = onRanks((x) => allReduce([x], over(2))[0]!, data, { axes });
    const outer = onRanks((x) => allReduce([x], over(2, 'dp_replicate'))[0]!, data, { axes });
    expect(inner.flat()).toEqual([3, 3, 12, 12]);
    expect(outer.flat()).toEqual([5, 10, 5, 10]);
  });

  it('carry many tensors at once', () => {
    const graph = trace('bucket', (t) => {
      const x = t.input('batch', 'x', [2], 'f32');
      const ids = t.input('batch', 'ids', [1], 'i64');
      allGather([x, ids], over(2)).forEach((y, i) => t.output(`y${i}`, y));
    });
    const feed = (x: readonly number[], id: number) =>
      new Map([
        ['x', hostTensor('f32', [2], x)],
        ['ids', hostTensor('i64', [1], [id])],
      ]);
    const [first] = runReferenceRanks(graph, [feed([1, 2], 7), feed([3, 4], 9)], line(2));
    expect(numbersOf(first!.outputs.get('y0')!)).toEqual([1, 2, 3, 4]);
    expect(numbersOf(first!.outputs.get('y1')!)).toEqual([7, 9]);
  });

  it('run beside the computation, are never cloned and never merged', () => {
    expect(
      Object.entries(collectiveOps).map(([name, op]) => [name === op.name, op.stream, op.once]),
    ).toEqual(Object.keys(collectiveOps).map(() => [true, 'comm', true]));
  });
});

/** The loss sum((x . w)^2) of this rank's rows and the gradient of its piece of w. */
function squares(ranks: number, rows: number): Graph {
  return trace('squares', (t) => {
    const piece = t.input('parameter', 'w', [6 / ranks], 'f32');
    const whole = ranks === 1 ? piece : allGather([piece], over(ranks))[0]!;
    const y = mul(t.input('batch', 'x', [rows, 5], 'f32'), narrow(whole, 0, 0, 5));
    const loss = sum(mul(y, y));
    t.output('loss', loss);
    t.output('gradient', gradients(loss, [piece])[0]!);
  });
}

describe('gradients', () => {
  const w = [1, -2, 3, 0.5, 4, 0]; // the last one is padding
  const x = Array.from({ length: 20 }, (_, i) => ((i * 7) % 11) - 5);

  it('through all_gather are the pieces of the gradient of the whole', () => {
    const alone = runReference(
      squares(1, 4),
      new Map([
        ['w', hostTensor('f32', [6], w)],
        ['x', hostTensor('f32', [4, 5], x)],
      ]),
    );
    const ranks = runReferenceRanks(
      squares(2, 2),
      [0, 1].map(
        (rank) =>
          new Map([
            ['w', hostTensor('f32', [3], w.slice(3 * rank, 3 * rank + 3))],
            ['x', hostTensor('f32', [2, 5], x.slice(10 * rank, 10 * rank + 10))],
          ]),
      ),
      line(2),
    );
    expect(ranks.flatMap(({ outputs }) => numbersOf(outputs.get('gradient')!))).toEqual(
      numbersOf(alone.outputs.get('gradient')!),
    );
  });

  it.each([
    ['all_reduce', (t: Tensor) => allReduce([t], over(2))[0]!, [2, 2, 2, 2]],
    ['reduce_scatter', (t: Tensor) => reduceScatter([t], over(2))[0]!, [1, 1, 1, 1]],
  ] as const)('of %s count what every rank computes with it', (_, body, expected) => {
    const y = onRanks((t) => gradients(sum(body(t)), [t])[0]!, [expected, expected]);
    expect(y).toEqual([expected, expected]);
  });
});

describe('what is refused', () => {
  it('a run of one rank', () => {
    const graph = trace('alone', (t) =>
      t.output('y', allReduce([t.input('batch', 'x', [1], 'f32')], over(2))[0]!),
    );
    expect(() => runReference(graph, new Map([['x', hostTensor('f32', [1], [1])]]))).toThrow(
      'all_reduce needs the operands of 2 ranks',
    );
  });

  it('an axis that is not there, or has another size', () => {
    expect(() => onRanks((x) => allReduce([x], over(2, 'tp'))[0]!, [[1], [2]])).toThrow(
      'the mesh has no axis tp',
    );
    expect(() => onRanks((x) => allReduce([x], over(3))[0]!, [[1], [2]])).toThrow(
      'all_reduce over 3 ranks: the axis has 2',
    );
    expect(() => onRanks((x) => x, [[1], [2]], { axes: line(3) })).toThrow('the mesh has 3');
  });

  it.each([
    ['a sum of integers', (x: Tensor) => allReduce([x], over(2)), [2], 'i32'],
    ['rows that do not divide', (x: Tensor) => reduceScatter([x], over(2)), [3], 'f32'],
    ['pieces of a number', (x: Tensor) => allGather([x], over(2)), [], 'f32'],
    ['a root that is not there', (x: Tensor) => broadcast([x], { ...over(2), root: 2 }), [], 'f32'],
  ] as const)('%s', (_, body, shape, dtype) => {
    expect(() => trace('no', (t) => void body(t.input('batch', 'x', shape, dtype)))).toThrow(
      'over 2 ranks is not defined on',
    );
  });
});
