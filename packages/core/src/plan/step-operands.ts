// Operands of plan steps by their role, for the families whose ops are variants of one computation:
// products of matrices, gradients of embeddings, fused losses. A backend with one kernel per family
// reads its operands here, whatever op the step came from.
import { AutomodelError } from '../error.js';
import type { Shape } from '../tensor/shape.js';

/** A strided view, of whatever memory a backend has; strides count elements. */
export interface StepOperand {
  readonly shape: Shape;
  readonly strides: readonly number[];
}

type Operands<T> = readonly (T | null)[];

function operandOf<T>(op: string, operands: Operands<T>, index: number, role: string): T {
  const operand = operands[index];
  if (operand !== null && operand !== undefined) return operand;
  throw new AutomodelError('bad-plan', `${op}: operand ${index} (${role}) is absent`);
}

/** A matrix, or a batch of them, seen as its transpose. */
export function transposedOperand<T extends StepOperand>(operand: T): T {
  const swap = (list: readonly number[]): number[] => [
    ...list.slice(0, -2),
    ...list.slice(-2).reverse(),
  ];
  return { ...operand, shape: swap(operand.shape), strides: swap(operand.strides) };
}

/**
 * A product out = a b (+ bias) (+ keep * accumulator). `keep` is f32 without dimensions; where it
 * is 0 the accumulator is not read.
 */
export interface ProductOperands<T> {
  /** [.., M, K], or [K]. */
  readonly a: T;
  /** [.., K, N]; for a linear map the transpose of its weight. */
  readonly b: T;
  /** [N]. */
  readonly bias: T | null;
  readonly accumulator: T | null;
  readonly keep: T | null;
  /** Beside the product: sums over rows[R, N], which go to keep * state[N] + sum. */
  readonly summed: { readonly rows: T; readonly state: T } | null;
}

/**
 * The operands of linear, matmul and their accumulating variants. Errors: another op, or a required
 * operand is absent.
 */
export function productOperands<T extends StepOperand>(
  op: string,
  operands: Operands<T>,
): ProductOperands<T> {
  const at = (index: number, role: string): T => operandOf(op, operands, index, role);
  const plain = { bias: null, accumulator: null, keep: null, summed: null };
  const accumulated = (first: number): Pick<ProductOperands<T>, 'accumulator' | 'keep'> => ({
    accumulator: at(first, 'accumulator'),
    keep: at(first + 1, 'keep'),
  });
  switch (op) {
    case 'linear':
    case 'linear_accumulate':
      return {
        ...plain,
        a: at(0, 'x'),
        b: transposedOperand(at(1, 'weight')),
        bias: operands[2] ?? null,
        ...(op === 'linear_accumulate' ? accumulated(3) : {}),
      };
    case 'matmul':
      return { ...plain, a: at(0, 'a'), b: at(1, 'b') };
    case 'matmul_accumulate':
      return { ...plain, a: at(0, 'a'), b: at(1, 'b'), ...accumulated(2) };
    case 'matmul_accumulate_with_sum':
      return {
        ...plain,
        a: at(0, 'a'),
        b: at(1, 'b'),
        ...accumulated(2),
        summed: { rows: at(4, 'rows'), state: at(5, 'state') },
      };
    default:
      throw new AutomodelError('bad-plan', `${op} is not a product of matrices`);
  }
}

/** What products that one step joins lie along: columns or rows of their results, or the depth. */
export type JoinedAlong = 'columns' | 'rows' | 'depth';

/**
 * Several products c = a b, each a matrix. `columns`: one a [M, K], each b [K, N] with a c of its
 * own, and perhaps a bias [N]. `rows`: one b, each c added to keep * accumulator. `depth`: one c,
 * the sum of all products and perhaps of an accumulator.
 */
export interface JoinedOperands<T> {
  readonly along: JoinedAlong;
  readonly count: number;
  readonly lefts: readonly T[];
  readonly rights: readonly T[];
  readonly biases: readonly (T | null)[];
  readonly accumulators: readonly (T | null)[];
  readonly keep: T | null;
}

/** A tensor of any number of dimensions, row-major, as rows of its last one. */
export function rowsOperand<T extends StepOperand>(operand: T): T {
  const width = operand.shape.at(-1) ?? 1;
  const rows = operand.shape.slice(0, -1).reduce((product, size) => product * size, 1);
  return { ...operand, shape: [rows, width], strides: [width, 1] };
}

/**
 * The operands of linear_many, matmul_accumulate_many and matmul_sum. Errors: as productOperands.
 */
export function joinedOperands<T extends StepOperand>(
  op: string,
  operands: Operands<T>,
  { biased }: { readonly biased?: boolean } = {},
): JoinedOperands<T> {
  const at = (index: number, role: string): T => operandOf(op, operands, index, role);
  const each = (first: number, step: number, role: string): T[] =>
    Array.from({ length: Math.ceil((operands.length - first) / step) }, (_, i) =>
      at(first + i * step, role),
    );
  switch (op) {
    case 'linear_many': {
      const parameters = each(1, 1, 'weight');
      const count = biased === true ? parameters.length / 2 : parameters.length;
      return {
        along: 'columns',
        count,
        lefts: [rowsOperand(at(0, 'x'))],
        rights: parameters.slice(0, count).map(transposedOperand),
        biases: Array.from({ length: count }, (_, i) => parameters[count + i] ?? null),
        accumulators: [],
        keep: null,
      };
    }
    case 'matmul_accumulate_many': {
      const [lefts, accumulators] = [each(2, 2, 'a'), each(3, 2, 'accumulator')];
      const sides = { lefts, rights: [at(0, 'b')], biases: [], accumulators };
      return { along: 'rows', count: lefts.length, ...sides, keep: at(1, 'keep') };
    }
    case 'matmul_sum': {
      const [lefts, rights] = [each(1, 2, 'a'), each(2, 2, 'b')];
      const rest = { biases: [], accumulators: [operands[0] ?? null], keep: null };
      return { along: 'depth', count: lefts.length, lefts, rights, ...rest };
    }
    default:
      throw new AutomodelError('bad-plan', `${op} does not join products`);
  }
}

/** The gradient of an embedding table: rows of `gradient` added at `ids`. */
export interface EmbeddingGradientOperands<T> {
  readonly gradient: T;
  readonly ids: T;
  readonly accumulator: T | null;
  readonly keep: T | null;
}

/**
 * The operands of embedding_backward and embedding_backward_accumulate. Errors: as productOperands.
 */
export function embeddingGradientOperands<T>(
  op: string,
  operands: Operands<T>,
): EmbeddingGradientOperands<T> {
  const at = (index: number, role: string): T => operandOf(op, operands, index, role);
  const found = { gradient: at(0, 'gradient'), ids: at(1, 'ids'), accumulator: null, keep: null };
  if (op === 'embedding_backward') return found;
  if (op === 'embedding_backward_accumulate')
    return { ...found, accumulator: at(2, 'accumulator'), keep: at(3, 'keep') };
  throw new AutomodelError('bad-plan', `${op} is not a gradient of an embedding`);
}

/**
 * A fused loss: cross entropy of softmax(x weight^T) over the rows of x, with or without gradients.
 */
export interface LossOperands<T> {
  readonly x: T;
  readonly weight: T;
  readonly targets: T;
  readonly scale: T;
  /** The weight's gradient is added to keep * accumulator. */
  readonly accumulator: T | null;
  readonly keep: T | null;
  /** Gradient of the loss; absent: 1. */
  readonly gradient: T | null;
}

/** Results of a fused loss; null where the op has none, or nobody reads it. */
export interface LossResults<T> {
  readonly loss: T | null;
  readonly tokenLosses: T | null;
  readonly xGradient: T | null;
  readonly weightGradient: T | null;
}

/** The operands of linear_cross_entropy and its variants. Errors: as productOperands. */
export function lossOperands<T>(op: string, operands: Operands<T>): LossOperands<T> {
  const at = (index: number, role: string): T => operandOf(op, operands, index, role);
  const from = (first: number): LossOperands<T> => ({
    x: at(first, 'x'),
    weight: at(first + 1, 'weight'),
    targets: at(first + 2, 'targets'),
    scale: at(first + 3, 'scale'),
    accumulator: null,
    keep: null,
    gradient: null,
  });
  switch (op) {
    case 'linear_cross_entropy':
    case 'linear_cross_entropy_with_gradient':
      return from(0);
    case 'linear_cross_entropy_with_gradient_accumulate':
      return { ...from(0), accumulator: at(4, 'accumulator'), keep: at(5, 'keep') };
    case 'linear_cross_entropy_backward':
      return { ...from(1), gradient: at(0, 'gradient') };
    default:
      throw new AutomodelError('bad-plan', `${op} is not a fused loss`);
  }
}

/** Results of the ops of lossOperands. */
export function lossResults<T>(op: string, results: Operands<T>): LossResults<T> {
  const [first, second, third, fourth] = [0, 1, 2, 3].map((index) => results[index] ?? null);
  if (op === 'linear_cross_entropy_backward')
    return {
      loss: null,
      tokenLosses: null,
      xGradient: first ?? null,
      weightGradient: second ?? null,
    };
  return {
    loss: first ?? null,
    tokenLosses: second ?? null,
    xGradient: third ?? null,
    weightGradient: fourth ?? null,
  };
}
