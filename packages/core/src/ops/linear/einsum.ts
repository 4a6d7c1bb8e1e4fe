// Einstein summation, contracted pair by pair from the left: each pair is one batched matrix
// product. Source of the notation: numpy.einsum.
// An ellipsis is spelled out with labels before the op; a label repeated in one operand names its
// diagonal; dimensions of size one broadcast, as in torch.einsum.

import { nonEmpty } from '../../list-length.js';
import { promoteTypes } from '../../tensor/dtype.js';
import { sizeOf } from '../../tensor/shape.js';
import type { Tensor } from '../../tensor/tensor.js';
import { defineOp, type OpDefinition } from '../support/define-op.js';
import { constant } from '../creation/constant.js';
import { index } from '../indexing/index-tensor.js';
import { permute } from '../layout/permute.js';
import { reshape } from '../layout/reshape.js';
import { promote } from '../support/operand.js';
import { sum } from '../reduce/sum.js';
import { labelSizes, parseEquation, spellOut } from './einsum-equation.js';
import { matmul } from './matmul.js';

/** The equation, without ellipses, and what operands are rounded to before they are multiplied. */
export type EinsumAttributes = { readonly eq: string; readonly compute: 'f32' | 'bf16' };

/**
 * Sums products of elements by an equation like `bij,bjk->bik`. Errors: labels that do not fit the
 * operands, more than 52 of them.
 */
export function einsum(
  equation: string,
  operands: readonly Tensor[],
  compute: EinsumAttributes['compute'] = 'f32',
): Tensor {
  const eq = spellOut(equation.replaceAll(' ', ''), operands);
  const [{ trace }] = nonEmpty(operands);
  return trace.apply(einsumOp, promote('einsum', operands), { eq, compute })[0];
}

interface Labelled {
  readonly tensor: Tensor;
  readonly labels: string;
}

/**
 * The operand without repeated labels, whose diagonal stays, and without dimensions of size one
 * that broadcast.
 */
function plainOperand({ tensor, labels }: Labelled, sizes: ReadonlyMap<string, number>): Labelled {
  const repeated = [...labels].findIndex((label, axis) => labels.indexOf(label) !== axis);
  if (repeated !== -1) {
    const first = labels.indexOf(labels[repeated]!);
    const others = [...labels]
      .map((_, axis) => axis)
      .filter((axis) => axis !== first && axis !== repeated);
    const size = tensor.shape[first]!;
    const places = constant(
      Array.from({ length: size }, (_, i) => i),
      [size],
      'i64',
      tensor.trace,
    );
    const diagonal = index(
      permute(tensor, [...others, first, repeated]),
      [tensor.rank - 2, tensor.rank - 1],
      [places, places],
    );
    return plainOperand(
      { tensor: diagonal, labels: others.map((axis) => labels[axis]!).join('') + labels[first]! },
      sizes,
    );
  }
  const broadcast = (axis: number): boolean =>
    tensor.shape[axis] === 1 && sizes.get(labels[axis]!) !== 1;
  const kept = [...labels].map((_, axis) => axis).filter((axis) => !broadcast(axis));
  return kept.length === labels.length
    ? { tensor, labels }
    : {
        tensor: reshape(
          tensor,
          kept.map((axis) => tensor.shape[axis]!),
        ),
        labels: kept.map((axis) => labels[axis]!).join(''),
      };
}

const keep = (labels: string, wanted: (label: string) => boolean): string =>
  [...labels].filter(wanted).join('');

/** Dimensions in the order of `labels`; the others are summed over. */
function arrange({ tensor, labels }: Labelled, order: string): Tensor {
  const dropped = [...labels].flatMap((label, axis) => (order.includes(label) ? [] : [axis]));
  const left = keep(labels, (label) => order.includes(label));
  return permute(
    dropped.length === 0 ? tensor : sum(tensor, dropped),
    [...order].map((label) => left.indexOf(label)),
  );
}

/** The product of two operands over the labels that nobody needs later. */
function contract(
  a: Labelled,
  b: Labelled,
  needed: string,
  sizes: ReadonlyMap<string, number>,
  compute: EinsumAttributes['compute'],
): Labelled {
  const shared = keep(a.labels, (label) => b.labels.includes(label));
  const batch = keep(shared, (label) => needed.includes(label));
  const inner = keep(shared, (label) => !needed.includes(label));
  const rows = keep(a.labels, (label) => !shared.includes(label) && needed.includes(label));
  const columns = keep(b.labels, (label) => !shared.includes(label) && needed.includes(label));
  const shape = (labels: string): number[] => [...labels].map((label) => sizes.get(label)!);
  const size = (labels: string): number => sizeOf(shape(labels));
  const left = reshape(arrange(a, batch + rows + inner), [size(batch), size(rows), size(inner)]);
  const right = reshape(arrange(b, batch + inner + columns), [
    size(batch),
    size(inner),
    size(columns),
  ]);
  const labels = batch + rows + columns;
  return { tensor: reshape(matmul(left, right, { compute }), shape(labels)), labels };
}

export const einsumOp: OpDefinition<EinsumAttributes> = defineOp({
  name: 'einsum',
  summary: 'sums of products named by an equation',
  operands: ['...operands'],
  infer: ({ operands }, { eq }) => {
    const equation = parseEquation(eq);
    const sizes = labelSizes(eq, equation, operands);
    return [
      {
        shape: [...equation.output].map((label) => sizes.get(label)!),
        dtype: operands.map((t) => t.dtype).reduce(promoteTypes),
      },
    ];
  },
  decompose({ operands }, { eq, compute }) {
    const equation = parseEquation(eq);
    const sizes = labelSizes(eq, equation, operands);
    const [first, ...others] = nonEmpty(
      operands.map((tensor, i) => plainOperand({ tensor, labels: equation.inputs[i]! }, sizes)),
    );
    const result = others.reduce((a, b, i) => {
      const later = others.slice(i + 1).map(({ labels }) => labels);
      return contract(a, b, equation.output + later.join(''), sizes, compute);
    }, first);
    return [arrange(result, equation.output)];
  },
  flops: ({ operands }, _outputs, { eq }) =>
    2 * sizeOf([...labelSizes(eq, parseEquation(eq), operands).values()]),
  castRule: 'compute',
  samples: [
    {
      inputs: [{ shape: [2, 3, 4] }, { shape: [2, 4, 5] }],
      attrs: { eq: 'bij,bjk->bik', compute: 'f32' },
    },
    {
      inputs: [{ shape: [2, 3, 4, 5] }, { shape: [2, 6, 4, 5] }],
      attrs: { eq: 'bqhd,bkhd->bhqk', compute: 'f32' },
    },
    {
      inputs: [{ shape: [3, 4] }, { shape: [3, 5] }, { shape: [3] }],
      attrs: { eq: 'ti,tj,t->ij', compute: 'f32' },
    },
    { inputs: [{ shape: [2, 3, 4] }], attrs: { eq: 'abc->ca', compute: 'f32' } },
    { inputs: [{ shape: [3] }, { shape: [4] }], attrs: { eq: 'i,j', compute: 'f32' } },
    {
      inputs: [{ shape: [2, 3, 3] }, { shape: [1, 3] }],
      attrs: { eq: 'bii,bi->bi', compute: 'f32' },
    },
    {
      inputs: [{ shape: [1, 3, 4] }, { shape: [5, 4] }],
      attrs: { eq: 'bij,bj->bi', compute: 'f32' },
    },
  ],
});
