// Einstein summation, contracted pair by pair from the left: each pair is one batched matrix product. Source of the notation: numpy.einsum.
import { AutomodelError } from '../../error.js';
import type { TensorType } from '../../graph/graph.js';
import { promoteTypes } from '../../tensor/dtype.js';
import { formatShape, sizeOf } from '../../tensor/shape.js';
import type { Tensor } from '../../tensor/tensor.js';
import { defineOp, type OpDefinition } from '../define-op.js';
import { permute } from '../layout/permute.js';
import { reshape } from '../layout/reshape.js';
import { promote } from '../operand.js';
import { sum } from '../reduce/sum.js';
import { matmul } from './matmul.js';

export type EinsumAttributes = { readonly eq: string; readonly compute: 'f32' | 'bf16' };

/** Sums products of elements by an equation like `bij,bjk->bik`. Errors: repeated labels in one operand, an ellipsis. */
export function einsum(equation: string, operands: readonly Tensor[], compute: EinsumAttributes['compute'] = 'f32'): Tensor {
  const eq = equation.replaceAll(' ', '');
  return operands[0]!.trace.apply(einsumOp, promote('einsum', operands), { eq, compute })[0]!;
}

interface Equation {
  readonly inputs: readonly string[];
  readonly output: string;
}

function parse(eq: string): Equation {
  const [left, right] = eq.split('->') as [string, string?];
  const inputs = left.split(',');
  const labels = [...inputs.join('')];
  const output = right ?? [...new Set(labels)].filter((label) => labels.indexOf(label) === labels.lastIndexOf(label)).sort().join('');
  const valid = [...inputs, output].every((text) => /^[a-zA-Z]*$/.test(text) && new Set(text).size === text.length) && [...output].every((label) => labels.includes(label));
  if (!valid) throw new AutomodelError('unsupported', `einsum: equation "${eq}" has an ellipsis, a repeated label or an unknown one`);
  return { inputs, output };
}

function sizesOf(eq: string, { inputs }: Equation, operands: readonly TensorType[]): Map<string, number> {
  const sizes = new Map<string, number>();
  const fits = inputs.length === operands.length && inputs.every((labels, i) => labels.length === operands[i]!.shape.length && [...labels].every((label, axis) => {
    const known = sizes.get(label) ?? operands[i]!.shape[axis]!;
    sizes.set(label, known);
    return known === operands[i]!.shape[axis];
  }));
  if (!fits) throw new AutomodelError('bad-shape', `einsum: "${eq}" does not fit ${operands.map((t) => formatShape(t.shape)).join(' and ')}`);
  return sizes;
}

interface Labelled {
  readonly tensor: Tensor;
  readonly labels: string;
}

const keep = (labels: string, wanted: (label: string) => boolean): string => [...labels].filter(wanted).join('');

/** Dimensions in the order of `labels`, the others summed away. */
function arrange({ tensor, labels }: Labelled, order: string): Tensor {
  const dropped = [...labels].flatMap((label, axis) => (order.includes(label) ? [] : [axis]));
  const left = keep(labels, (label) => order.includes(label));
  return permute(dropped.length === 0 ? tensor : sum(tensor, dropped), [...order].map((label) => left.indexOf(label)));
}

/** The product of two operands over the labels that nobody needs later. */
function contract(a: Labelled, b: Labelled, needed: string, sizes: ReadonlyMap<string, number>, compute: EinsumAttributes['compute']): Labelled {
  const shared = keep(a.labels, (label) => b.labels.includes(label));
  const batch = keep(shared, (label) => needed.includes(label));
  const inner = keep(shared, (label) => !needed.includes(label));
  const rows = keep(a.labels, (label) => !shared.includes(label) && needed.includes(label));
  const columns = keep(b.labels, (label) => !shared.includes(label) && needed.includes(label));
  const shape = (labels: string): number[] => [...labels].map((label) => sizes.get(label)!);
  const size = (labels: string): number => sizeOf(shape(labels));
  const left = reshape(arrange(a, batch + rows + inner), [size(batch), size(rows), size(inner)]);
  const right = reshape(arrange(b, batch + inner + columns), [size(batch), size(inner), size(columns)]);
  const labels = batch + rows + columns;
  return { tensor: reshape(matmul(left, right, { compute }), shape(labels)), labels };
}

function decompose(inputs: readonly (Tensor | undefined)[], { eq, compute }: EinsumAttributes): Tensor[] {
  const equation = parse(eq);
  const operands = inputs.map((tensor, i): Labelled => ({ tensor: tensor!, labels: equation.inputs[i]! }));
  const sizes = sizesOf(eq, equation, operands.map(({ tensor }) => tensor));
  const result = operands.slice(1).reduce((a, b, i) => contract(a, b, equation.output + equation.inputs.slice(i + 2).join(''), sizes, compute), operands[0]!);
  return [arrange(result, equation.output)];
}

export const einsumOp: OpDefinition<EinsumAttributes> = defineOp<EinsumAttributes>({
  name: 'einsum',
  summary: 'sums of products named by an equation',
  infer: (inputs, { eq }) => {
    const equation = parse(eq);
    const operands = inputs as readonly TensorType[];
    const sizes = sizesOf(eq, equation, operands);
    return [{ shape: [...equation.output].map((label) => sizes.get(label)!), dtype: operands.map((t) => t.dtype).reduce(promoteTypes) }];
  },
  decompose,
  cost: (inputs, outputs, { eq }) => {
    const sizes = sizesOf(eq, parse(eq), inputs as readonly TensorType[]);
    return { flops: 2 * [...sizes.values()].reduce((a, b) => a * b, 1), bytes: 4 * [...inputs, ...outputs].reduce((total, t) => total + sizeOf(t!.shape), 0) };
  },
  precision: 'compute',
  samples: [
    { inputs: [{ shape: [2, 3, 4] }, { shape: [2, 4, 5] }], attrs: { eq: 'bij,bjk->bik', compute: 'f32' } },
    { inputs: [{ shape: [2, 3, 4, 5] }, { shape: [2, 6, 4, 5] }], attrs: { eq: 'bqhd,bkhd->bhqk', compute: 'f32' } },
    { inputs: [{ shape: [3, 4] }, { shape: [3, 5] }, { shape: [3] }], attrs: { eq: 'ti,tj,t->ij', compute: 'f32' } },
    { inputs: [{ shape: [2, 3, 4] }], attrs: { eq: 'abc->ca', compute: 'f32' } },
    { inputs: [{ shape: [3] }, { shape: [4] }], attrs: { eq: 'i,j', compute: 'f32' } },
  ],
});
