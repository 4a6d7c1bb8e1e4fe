// Systems of linear equations with a triangular matrix, by substitution. Gradients: Giles 2008,
// "Collected matrix derivative results".
import { AutomodelError } from '../../error.js';
import { isFloat } from '../../tensor/dtype.js';
import { broadcastShapes, formatType, sizeAt, sizeOf } from '../../tensor/shape.js';
import type { Tensor } from '../../tensor/tensor.js';
import { defineOp, type OpDefinition } from '../support/define-op.js';
import { broadcastOffsets } from '../support/elements.js';
import { neg } from '../elementwise/neg.js';
import { transpose } from '../layout/permute.js';
import { tril } from '../layout/tril.js';
import { triu } from '../layout/triu.js';
import { sumTo } from '../support/sum-to.js';
import { matmul } from './matmul.js';

/**
 * `upper`: which triangle of A is read; `unitriangular`: its diagonal is taken as one and not read.
 */
export type SolveTriangularAttributes = {
  readonly upper: boolean;
  readonly unitriangular: boolean;
};

/**
 * X with A X = B, or X A = B when `left` is false; A[...,N,N], leading dimensions broadcast. As
 * torch.linalg.solve_triangular.
 */
export function solveTriangular(
  a: Tensor,
  b: Tensor,
  {
    upper,
    left = true,
    unitriangular = false,
  }: { readonly upper: boolean; readonly left?: boolean; readonly unitriangular?: boolean },
): Tensor {
  if (!left)
    return transpose(
      solveTriangular(transpose(a, -1, -2), transpose(b, -1, -2), { upper: !upper, unitriangular }),
      -1,
      -2,
    );
  return a.trace.apply(solveTriangularOp, [a, b], { upper, unitriangular })[0];
}

/** Solves for one row of x after the other, from the row that has one unknown. */
function substitute(
  matrix: Float64Array,
  right: Float64Array,
  x: Float64Array,
  n: number,
  columns: number,
  { upper, unitriangular }: SolveTriangularAttributes,
): void {
  for (let step = 0; step < n; step++) {
    const i = upper ? n - 1 - step : step;
    for (let c = 0; c < columns; c++) {
      let rest = right[i * columns + c]!;
      for (let k = upper ? i + 1 : 0; k < (upper ? n : i); k++)
        rest -= matrix[i * n + k]! * x[k * columns + c]!;
      x[i * columns + c] = unitriangular ? rest : rest / matrix[i * n + i]!;
    }
  }
}

export const solveTriangularOp: OpDefinition<SolveTriangularAttributes> = defineOp({
  name: 'solve_triangular',
  summary: 'X with A X = B for a triangular A',
  operands: ['a', 'b'],
  outputs: ['x'],
  infer({ a, b }) {
    const fits =
      a.shape.length >= 2 &&
      b.shape.length >= 2 &&
      a.shape.at(-1) === a.shape.at(-2) &&
      a.shape.at(-1) === b.shape.at(-2) &&
      a.dtype === b.dtype &&
      isFloat(a.dtype);
    if (!fits)
      throw new AutomodelError(
        'bad-shape',
        `solve_triangular: ${formatType(a)} and ${formatType(b)} ` +
          'are not a system of equations',
      );
    return [
      {
        shape: [
          ...broadcastShapes('solve_triangular', a.shape.slice(0, -2), b.shape.slice(0, -2)),
          ...b.shape.slice(-2),
        ],
        dtype: a.dtype,
      },
    ];
  },
  reference({ a, b }, attrs, { x: type }) {
    const batch = type.shape.slice(0, -2);
    const [n, columns] = [type.shape.at(-2)!, type.shape.at(-1)!];
    const [fromA, fromB] = [
      broadcastOffsets(a.shape.slice(0, -2), batch),
      broadcastOffsets(b.shape.slice(0, -2), batch),
    ];
    const data = new Float64Array(sizeOf(type.shape));
    for (let m = 0; m < sizeOf(batch); m++) {
      const matrix = (a.data as Float64Array).subarray((fromA?.[m] ?? m) * n * n);
      const right = (b.data as Float64Array).subarray((fromB?.[m] ?? m) * n * columns);
      substitute(
        matrix,
        right,
        data.subarray(m * n * columns, (m + 1) * n * columns),
        n,
        columns,
        attrs,
      );
    }
    return [{ ...type, data }];
  },
  gradient: ({
    operands: { a, b },
    outputs: { x },
    gradients: { x: dx },
    needs,
    attrs: { upper, unitriangular },
  }) => {
    const db = solveTriangular(transpose(a, -1, -2), dx, {
      upper: !upper,
      unitriangular,
    });
    const triangle = (t: Tensor): Tensor =>
      upper ? triu(t, unitriangular ? 1 : 0) : tril(t, unitriangular ? -1 : 0);
    return {
      a: needs.a ? sumTo(triangle(neg(matmul(db, transpose(x, -1, -2)))), a.shape) : undefined,
      b: needs.b ? sumTo(db, b.shape) : undefined,
    };
  },
  flops: ({ a }, { x }) => sizeOf(x.shape) * sizeAt(a, -1),
  castRule: 'full',
  samples: [
    {
      inputs: [{ shape: [2, 4, 4] }, { shape: [2, 4, 3] }],
      attrs: { upper: false, unitriangular: true },
    },
    {
      inputs: [{ shape: [3, 3], range: [0.5, 1.5] }, { shape: [2, 3, 2] }],
      attrs: { upper: true, unitriangular: false },
    },
    {
      inputs: [{ shape: [3, 3], range: [0.5, 1.5] }, { shape: [3, 1] }],
      attrs: { upper: false, unitriangular: false },
    },
  ],
});
