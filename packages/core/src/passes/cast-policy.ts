// Compute precision as a rewrite of the forward graph, before differentiation: where activations become bf16 and where they stay f32. Parameters and states are never cast for products:
// kernels read them as stored. Statistics, softmax, losses and reductions stay f32 (fused ops keep them inside their kernels).
import { AutomodelError } from '../error.js';
import type { Attributes, Graph, Node, Value } from '../graph/graph.js';
import { rebuild } from '../graph/rebuild.js';
import { Trace } from '../graph/trace.js';
import { cast } from '../ops/cast/cast.js';
import { constantNumber } from '../ops/creation/constant.js';
import { categoryOf, isFloat, type DType } from '../tensor/dtype.js';
import { roundTo } from '../tensor/round.js';
import type { Tensor } from '../tensor/tensor.js';

/**
 * The same graph computing in `compute`. Rows read from stored tables (embeddings) get that dtype, and it spreads: `compute` ops take operands in it (stored ones as they are),
 * `full` ops take f32, `follow` ops what they are given, brought to one dtype where the op asks for that. Outputs and assigned states keep their dtypes.
 */
export function castPolicy(graph: Graph, compute: 'f32' | 'bf16'): Graph {
  const policy = new Policy(compute);
  const { graph: body, values } = rebuild({ ...graph, outputs: [], assigns: [] }, ({ node, inputs, trace }) => policy.apply(trace, node, inputs));
  const trace = Trace.extend(body);
  const result = (value: Value): Tensor => cast(trace.tensor(values.get(value)!), value.dtype);
  for (const { name, value } of graph.outputs) trace.output(name, result(value));
  for (const { target, value } of graph.assigns) trace.assign(trace.tensor(values.get(target)!), result(value));
  return trace.finish();
}

const isWide = (tensor: Tensor | undefined): tensor is Tensor => tensor?.dtype === 'f32';
const isReduced = (tensor: Tensor | undefined): tensor is Tensor => tensor?.dtype === 'bf16' || tensor?.dtype === 'f16';

class Policy {
  readonly #compute: 'f32' | 'bf16';
  /** Parameters, states and views of them: memory that kernels read as it is stored. */
  readonly #stored = new Set<Value>();

  constructor(compute: 'f32' | 'bf16') {
    this.#compute = compute;
  }

  apply(trace: Trace, node: Node, inputs: readonly (Tensor | undefined)[]): Tensor[] {
    const stored = (tensor: Tensor): boolean => this.#stored.has(tensor.value) || tensor.value.input?.kind === 'parameter' || tensor.value.input?.kind === 'state';
    if (node.op.view === true && stored(inputs[0]!)) {
      const outputs = trace.apply(node.op, inputs, node.attrs);
      this.#stored.add(outputs[0]!.value);
      return outputs;
    }
    if (node.op.name === 'cast') return trace.apply(node.op, inputs, node.attrs);
    if (node.op.precision === 'compute') return this.#product(trace, node, inputs, stored);
    if (readsTable(inputs, stored)) return this.#rows(trace, node, inputs);
    if (node.op.precision === 'full') return trace.apply(node.op, inputs.map((t) => (isReduced(t) ? cast(t, 'f32') : t)), node.attrs);
    return this.#follow(trace, node, inputs, stored);
  }

  #product(trace: Trace, node: Node, inputs: readonly (Tensor | undefined)[], stored: (t: Tensor) => boolean): Tensor[] {
    if (this.#compute === 'f32') return trace.apply(node.op, inputs, node.attrs);
    const operands = inputs.map((t) => (isWide(t) && t.rank > 0 && !stored(t) ? cast(t, this.#compute) : t));
    const attrs: Attributes = {
      ...node.attrs,
      ...('compute' in node.attrs ? { compute: this.#compute } : {}),
      ...('out_dtype' in node.attrs && node.attrs['out_dtype'] === null && operands.some(isReduced) ? { out_dtype: this.#compute } : {}),
    };
    return trace.apply(node.op, operands, attrs);
  }

  /** Rows of a stored table are the start of the activations. */
  #rows(trace: Trace, node: Node, inputs: readonly (Tensor | undefined)[]): Tensor[] {
    if ('out_dtype' in node.attrs) return trace.apply(node.op, inputs, { ...node.attrs, out_dtype: this.#compute });
    return trace.apply(node.op, inputs, node.attrs).map((t) => (isFloat(t.dtype) ? cast(t, this.#compute) : t));
  }

  #follow(trace: Trace, node: Node, inputs: readonly (Tensor | undefined)[], stored: (t: Tensor) => boolean): Tensor[] {
    const mixed = inputs.some(isReduced) && inputs.some(isWide);
    if (!mixed || takes(node, inputs)) return trace.apply(node.op, inputs, node.attrs);
    const held = inputs.find((t) => t?.value.input?.kind === 'state' && stored(t) && isFloat(t.dtype));
    const reduced = inputs.find(isReduced)!.dtype;
    const common = held?.dtype ?? (inputs.some((t) => t !== undefined && losesBits(t, reduced)) ? 'f32' : reduced);
    const outputs = trace.apply(node.op, inputs.map((t) => (t !== undefined && isFloat(t.dtype) ? cast(t, common) : t)), node.attrs);
    return held === undefined ? outputs.map((t) => (isWide(t) ? cast(t, reduced) : t)) : outputs;
  }
}

/** True where all float operands are stored and integers choose among their rows. */
const readsTable = (inputs: readonly (Tensor | undefined)[], stored: (t: Tensor) => boolean): boolean => {
  const floats = inputs.filter((t) => t !== undefined && isFloat(t.dtype));
  return floats.length > 0 && floats.every((t) => stored(t!)) && inputs.some((t) => t !== undefined && categoryOf(t.dtype) === 'integer');
};

/** A host number that `dtype` cannot hold: the op runs in f32 then, as PyTorch's kernels do. */
function losesBits(tensor: Tensor, dtype: DType): boolean {
  const value = constantNumber(tensor);
  return value !== undefined && tensor.dtype === 'f32' && roundTo(dtype, value) !== Math.fround(value);
}

/** True when the op is defined on these operands as they are. */
function takes(node: Node, inputs: readonly (Tensor | undefined)[]): boolean {
  try {
    node.op.infer(inputs.map((t) => t?.value), node.attrs);
    return true;
  } catch (error) {
    if (error instanceof AutomodelError) return false;
    throw error;
  }
}
