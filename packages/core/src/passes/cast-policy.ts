// Compute precision as a rewrite of the forward graph, before differentiation: where activations
// become bf16 and where they stay f32. Parameters and states are never cast for products:
// kernels read them as stored. Statistics, softmax, losses and reductions stay f32 (fused ops keep
// them inside their kernels), and so do masks, positions and the choice of experts.
import { AutomodelError } from '../error.js';
import { operandOf, type Attributes, type Graph, type Node, type Value } from '../graph/graph.js';
import { rebuild } from '../graph/rebuild.js';
import { Trace } from '../graph/trace.js';
import { cast } from '../ops/cast/cast.js';
import { constantNumber } from '../ops/creation/constant.js';
import { categoryOf, isFloat, type DType } from '../tensor/dtype.js';
import { roundTo } from '../tensor/round.js';
import type { HostData } from '../tensor/host-tensor.js';
import type { Tensor } from '../tensor/tensor.js';
import { precisionFacts, type PrecisionFacts } from './precision-facts.js';

/**
 * The same graph computing in `compute`. Rows read from stored tables (embeddings) get that dtype,
 * and it spreads: `compute` ops take operands in it (stored ones as they are), `full` ops take f32,
 * and `follow` ops take what they are given; where that is mixed they compute in f32 and return the
 * reduced dtype, unless a mask is among the operands. Outputs and assigned states keep their
 * dtypes.
 */
export function castPolicy(graph: Graph, compute: 'f32' | 'bf16'): Graph {
  const written = compute === 'f32' ? graph : expandProducts(graph);
  const policy = new Policy(compute, precisionFacts(written));
  const { graph: body, values } = rebuild(
    { ...written, outputs: [], assigns: [] },
    ({ node, inputs, trace }) => policy.apply(trace, node, inputs),
  );
  const trace = Trace.extend(body);
  const result = (value: Value): Tensor => cast(trace.tensor(values.get(value)!), value.dtype);
  for (const { name, value } of written.outputs) trace.output(name, result(value));
  for (const { target, value } of written.assigns)
    trace.assign(trace.tensor(values.get(target)!), result(value));
  return trace.finish();
}

/**
 * Replaces composite products by their definitions: the ops inside have precisions of their own
 * (attention over a mask tensor: scores and mask).
 */
function expandProducts(graph: Graph): Graph {
  const expands = ({ op }: Node): boolean =>
    op.castRule === 'compute' && op.gradient === undefined && op.reference === undefined;
  let current = graph;
  while (current.nodes.some(expands))
    current = rebuild(current, ({ node, inputs }) =>
      expands(node) ? node.op.decompose!(inputs, node.attrs) : undefined,
    ).graph;
  return current;
}

const isWide = (tensor: Tensor | undefined): tensor is Tensor => tensor?.dtype === 'f32';
const isReduced = (tensor: Tensor | undefined): tensor is Tensor =>
  tensor?.dtype === 'bf16' || tensor?.dtype === 'f16';

class Policy {
  readonly #compute: 'f32' | 'bf16';
  readonly #facts: PrecisionFacts;
  /** Parameters and states, moved or viewed: memory that kernels read as it is stored. */
  readonly #stored = new Set<Value>();
  /** Values of the new graph that are made of constants and batch data. */
  readonly #data = new Set<Value>();

  constructor(compute: 'f32' | 'bf16', facts: PrecisionFacts) {
    this.#compute = compute;
    this.#facts = facts;
  }

  apply(trace: Trace, node: Node, inputs: readonly (Tensor | undefined)[]): readonly Tensor[] {
    if (!node.outputs.every((v) => this.#facts.isData(v))) return this.#apply(trace, node, inputs);
    const outputs = trace.copy(node, inputs);
    for (const { value } of outputs) this.#data.add(value);
    return outputs;
  }

  #apply(trace: Trace, node: Node, inputs: readonly (Tensor | undefined)[]): readonly Tensor[] {
    const stored = (tensor: Tensor): boolean =>
      this.#stored.has(tensor.value) ||
      tensor.value.input?.kind === 'parameter' ||
      tensor.value.input?.kind === 'state';
    const moves = node.op.view === true || node.op.moves === true;
    if (moves && inputs.every((t) => t === undefined || stored(t))) {
      const outputs =
        node.attrs['dtype'] === 'compute'
          ? trace.apply(node.op, inputs, { ...node.attrs, dtype: this.#travelling(inputs) })
          : trace.copy(node, inputs);
      for (const { value } of outputs) this.#stored.add(value);
      return outputs;
    }
    if (node.op.name === 'cast') return trace.copy(node, inputs);
    if (node.op.castRule === 'compute')
      return this.#facts.isRouter(node)
        ? widened(trace, node, inputs, stored)
        : this.#product(trace, node, inputs, stored);
    if (readsTable(inputs, stored)) return this.#rows(trace, node, inputs);
    if (node.op.castRule === 'full') return widened(trace, node, inputs, () => false);
    return this.#follow(trace, node, inputs, stored);
  }

  /** The dtype in which stored tensors are gathered that products read. */
  #travelling(inputs: readonly (Tensor | undefined)[]): DType | null {
    return this.#compute === 'bf16' && inputs.some(isWide) ? 'bf16' : null;
  }

  #product(
    trace: Trace,
    node: Node,
    inputs: readonly (Tensor | undefined)[],
    stored: (t: Tensor) => boolean,
  ): readonly Tensor[] {
    const isFollowed = (t: Tensor): boolean =>
      this.#compute === 'bf16' && isWide(t) && t.rank > 0 && !stored(t);
    const preferred = inputs.map((t) =>
      t !== undefined && isFollowed(t) ? cast(t, this.#compute) : t,
    );
    // Some ops do not take stored operands of another dtype than the activations beside them.
    const operands = takes(node, preferred)
      ? preferred
      : inputs.map((t) =>
          t !== undefined && isFloat(t.dtype) && t.rank > 0 ? cast(t, this.#compute) : t,
        );
    if (this.#compute === 'f32') return trace.copy(node, operands);
    const attrs: Attributes = {
      ...node.attrs,
      ...('compute' in node.attrs ? { compute: this.#compute } : {}),
      ...('out_dtype' in node.attrs && node.attrs['out_dtype'] === null && operands.some(isReduced)
        ? { out_dtype: this.#compute }
        : {}),
    };
    return trace.apply(node.op, operands, attrs);
  }

  /** Rows of a stored table are the start of the activations. */
  #rows(trace: Trace, node: Node, inputs: readonly (Tensor | undefined)[]): readonly Tensor[] {
    if ('out_dtype' in node.attrs)
      return trace.apply(node.op, inputs, { ...node.attrs, out_dtype: this.#compute });
    return trace
      .apply(node.op, inputs, node.attrs)
      .map((t) => (isFloat(t.dtype) ? cast(t, this.#compute) : t));
  }

  #follow(
    trace: Trace,
    node: Node,
    inputs: readonly (Tensor | undefined)[],
    stored: (t: Tensor) => boolean,
  ): readonly Tensor[] {
    // A recording may itself hold f16 beside what becomes bf16.
    const reducedTypes = new Set(inputs.filter(isReduced).map((t) => t.dtype));
    const mixed = reducedTypes.size > 1 || (reducedTypes.size === 1 && inputs.some(isWide));
    if (!mixed || takes(node, inputs)) return trace.copy(node, inputs);
    const held = inputs.find(
      (t) => t?.value.input?.kind === 'state' && stored(t) && isFloat(t.dtype),
    );
    const [reduced = this.#compute] = reducedTypes.size > 1 ? [] : reducedTypes;
    const common =
      held?.dtype ??
      (reducedTypes.size < 2 &&
      inputs.every((t) => !isWide(t) || (constantNumber(t) !== undefined && !losesBits(t, reduced)))
        ? reduced
        : 'f32');
    const outputs = trace.apply(
      node.op,
      inputs.map((t) => (t !== undefined && isFloat(t.dtype) ? cast(t, common) : t)),
      node.attrs,
    );
    const keeps = held !== undefined || inputs.some((t) => isWide(t) && this.#isMask(t, reduced));
    return keeps ? outputs : outputs.map((t) => (isWide(t) ? cast(t, reduced) : t));
  }

  /**
   * Positions and masks, and numbers that are finite only in f32: what they are added to stays f32,
   * because masked scores would round to infinities.
   */
  #isMask(tensor: Tensor, reduced: DType): boolean {
    const value = uniformValue(tensor);
    if (value !== undefined)
      return Number.isFinite(value) && !Number.isFinite(roundTo(reduced, value));
    return this.#data.has(tensor.value);
  }
}

/**
 * The op on f32, whatever its operands are; operands in memory stay as stored where the op can read
 * them.
 */
const widened = (
  trace: Trace,
  node: Node,
  inputs: readonly (Tensor | undefined)[],
  keeps: (t: Tensor) => boolean,
): readonly Tensor[] =>
  trace.apply(
    node.op,
    inputs.map((t) => (isReduced(t) && !keeps(t) ? cast(t, 'f32') : t)),
    node.attrs,
  );

/** The number a constant tensor is filled with, if the graph shows it. */
function uniformValue(tensor: Tensor): number | undefined {
  let node = tensor.value.node;
  while (node !== undefined && (node.op.view === true || node.op.name === 'cast'))
    node = operandOf(node).node;
  if (node?.op.name === 'full') return Number(node.attrs['value']);
  const data = node?.op.name === 'constant' ? (node.attrs['data'] as HostData) : undefined;
  return data?.length === 1 ? Number(data[0]) : undefined;
}

/** True where all float operands are stored and integers choose among their rows. */
const readsTable = (
  inputs: readonly (Tensor | undefined)[],
  stored: (t: Tensor) => boolean,
): boolean => {
  const floats = inputs.filter((t) => t !== undefined && isFloat(t.dtype));
  return (
    floats.length > 0 &&
    floats.every((t) => stored(t!)) &&
    inputs.some((t) => t !== undefined && categoryOf(t.dtype) === 'integer')
  );
};

/** A host number that `dtype` cannot hold: the op runs in f32 then, as PyTorch's kernels do. */
function losesBits(tensor: Tensor, dtype: DType): boolean {
  const value = constantNumber(tensor);
  return (
    value !== undefined && tensor.dtype === 'f32' && roundTo(dtype, value) !== Math.fround(value)
  );
}

/** True when the op is defined on these operands as they are. */
function takes(node: Node, inputs: readonly (Tensor | undefined)[]): boolean {
  try {
    node.op.infer(
      inputs.map((t) => t?.value),
      node.attrs,
    );
    return true;
  } catch (error) {
    if (error instanceof AutomodelError) return false;
    throw error;
  }
}
