// What engines are tried on: graphs over a mesh that use every collective, on every dtype that it
// takes, on odd sizes and empty tensors, on large buckets and in place. Every process makes the
// same graphs from the same axes.
import {
  add,
  allGather,
  allReduce,
  broadcast,
  isFloat,
  permute,
  reduceScatter,
  trace,
  type DType,
  type Graph,
  type RankAxis,
  type Shape,
  type Tensor,
} from '@automodel/core';

/** A graph whose inputs differ by rank, over the axes it is for. */
export interface EngineCase {
  readonly name: string;
  readonly graph: Graph;
  /** How often it runs, each time with the states that the run before has left. Default: 1. */
  readonly runs?: number;
}

const DTYPES: readonly DType[] = ['f32', 'bf16', 'f16', 'f64', 'i64', 'i32', 'bool'];
const FLOATS = DTYPES.filter(isFloat);
const CONVERSIONS: readonly (readonly [from: DType, to: DType])[] = [
  ['f32', 'bf16'],
  ['bf16', 'f32'],
  ['f64', 'f16'],
  ['f16', 'f64'],
];

type Collective = (tensors: readonly Tensor[]) => readonly Tensor[];

/** One collective on inputs of these shapes. */
const onInputs = (
  name: string,
  dtype: DType,
  shapes: readonly Shape[],
  collective: Collective,
): EngineCase => ({
  name: `${name}, ${dtype}`,
  graph: trace('case', (t) => {
    const inputs = shapes.map((shape, i) => t.input('batch', `x${i}`, shape, dtype));
    collective(inputs).forEach((y, i) => t.output(`y${i}`, y));
  }),
});

/** Sizes around those of vectors, and none. */
const shapesOf = (rows: number): readonly Shape[] => [
  [rows, 3],
  [5 * rows],
  [0, 7],
  [rows, 0],
  [2 * rows, 1, 17],
  [rows],
];

function everyDType({ name: axis, size: ranks }: RankAxis): readonly EngineCase[] {
  const over = { axis, ranks };
  const scalar: Shape = [];
  return [
    ...FLOATS.flatMap((dtype) => [
      onInputs('all_reduce', dtype, [...shapesOf(1), scalar], (x) => allReduce(x, over)),
      onInputs('reduce_scatter', dtype, shapesOf(ranks), (x) => reduceScatter(x, over)),
    ]),
    ...DTYPES.flatMap((dtype) => [
      onInputs('all_gather', dtype, shapesOf(1), (x) => allGather(x, over)),
      onInputs(`broadcast of ${ranks - 1}`, dtype, [...shapesOf(1), scalar], (x) =>
        broadcast(x, { ...over, root: ranks - 1 }),
      ),
    ]),
    ...CONVERSIONS.map(([from, to]) =>
      onInputs(`all_gather to ${to}`, from, [[3], [130, 5]], (x) =>
        allGather(x, { ...over, dtype: to }),
      ),
    ),
  ];
}

/** Operands of 0 to 6 elements for each rank. */
const bucketShapes = (count: number, ranks: number): readonly Shape[] =>
  Array.from({ length: count }, (_, i) => [(i % 7) * ranks]);

function manyAndLarge(
  { name: axis, size: ranks }: RankAxis,
  bucket: number,
): readonly EngineCase[] {
  const over = { axis, ranks };
  // for each rank more than kernels do in one piece
  const large: readonly Shape[] = [[66_001 * ranks], [3 * ranks], [2000 * ranks]];
  return [
    onInputs(`all_reduce of ${bucket} operands`, 'f32', bucketShapes(bucket, 1), (x) =>
      allReduce(x, over),
    ),
    onInputs(`reduce_scatter of ${bucket} operands`, 'bf16', bucketShapes(bucket, ranks), (x) =>
      reduceScatter(x, over),
    ),
    onInputs(`all_gather of ${bucket} operands`, 'f32', bucketShapes(bucket, 1), (x) =>
      allGather(x, { ...over, dtype: 'bf16' }),
    ),
    onInputs('large all_reduce', 'f32', large, (x) => allReduce(x, over)),
    onInputs('large reduce_scatter', 'f64', large, (x) => reduceScatter(x, over)),
    onInputs('large all_gather', 'i32', [[66_001], [3]], (x) => allGather(x, over)),
    onInputs('large broadcast', 'bf16', [[66_001], [3]], (x) => broadcast(x, { ...over, root: 0 })),
  ];
}

/** Collectives between other steps: in place, strided, in memory that other steps use again. */
function amongSteps({ name: axis, size: ranks }: RankAxis): readonly EngineCase[] {
  const over = { axis, ranks };
  const one = (tensors: readonly Tensor[]): Tensor => tensors[0]!;
  return [
    {
      name: 'a state is reduced in place, again and again',
      runs: 3,
      graph: trace('case', (t) => {
        const [sum, other] = ['sum', 'other'].map((name) =>
          t.input('state', name, [1001], 'f32'),
        ) as [Tensor, Tensor];
        const x = t.input('batch', 'x', [1001], 'f32');
        const [y, z] = allReduce([add(sum, x), add(other, x)], over);
        t.assign(sum, y!);
        t.assign(other, z!);
      }),
    },
    {
      name: 'operands are views',
      graph: trace('case', (t) => {
        const x = t.input('batch', 'x', [7, ranks * 6], 'f32');
        const turned = permute(x, [1, 0]);
        t.output('sum', one(allReduce([turned], over)));
        t.output('piece', one(reduceScatter([turned], over)));
        t.output('whole', one(allGather([turned], over)));
        t.output('root', one(broadcast([turned], { ...over, root: 0 })));
      }),
    },
    {
      name: 'collectives follow one another',
      runs: 2,
      graph: trace('case', (t) => {
        let x = t.input('batch', 'x', [33, 5], 'f32');
        for (let i = 0; i < 6; i++) {
          const whole = one(allGather([x], { ...over, dtype: i % 2 === 0 ? null : 'f64' }));
          const piece = one(reduceScatter([add(whole, whole)], over));
          x = one(broadcast([one(allReduce([piece], over))], { ...over, root: i % ranks }));
        }
        t.output('y', x);
      }),
    },
  ];
}

/** Sums over one axis, then over the other. */
const overBoth = ([outer, inner]: readonly [RankAxis, RankAxis]): EngineCase => ({
  name: `over ${outer.name} and ${inner.name}`,
  graph: trace('case', (t) => {
    const [along, across] = [outer, inner].map(({ name, size }) => ({
      axis: name,
      ranks: size,
    })) as [{ axis: string; ranks: number }, { axis: string; ranks: number }];
    const x = t.input('batch', 'x', [inner.size * 9, 2], 'f32');
    const pieces = reduceScatter([x], across);
    const sums = allReduce(pieces, along);
    t.output('pieces', sums[0]!);
    t.output('whole', allGather(sums, across)[0]!);
    t.output('first', broadcast(allGather(sums, along), { ...along, root: 1 })[0]!);
  }),
});

/** The cases for processes that form these axes, one or two. */
export function engineCases(axes: readonly RankAxis[]): readonly EngineCase[] {
  const [first, second] = axes as [RankAxis, RankAxis | undefined];
  const cases = second === undefined ? [] : [overBoth([first, second])];
  const inner = second ?? first;
  // planning thousands takes longer than all else: once is enough
  const bucket = second === undefined && first.size === 2 ? 3000 : 100;
  return [...cases, ...everyDType(inner), ...amongSteps(inner), ...manyAndLarge(inner, bucket)];
}
