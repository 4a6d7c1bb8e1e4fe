// Puts chains into the new graph: as one node of their program, as a reduction where a sum or mean
// alone reads the result, or as the node itself where the chain has only one.
import { operandOf, type Node, type Value } from '../../graph/graph.js';
import type { Trace } from '../../graph/trace.js';
import {
  fusedElementwiseOp,
  type FusedElementwiseAttributes,
} from '../../ops/elementwise/fused-elementwise.js';
import {
  fusedReductionOp,
  type FusedReductionAttributes,
} from '../../ops/elementwise/fused-reduction.js';
import { reshape } from '../../ops/layout/reshape.js';
import { reducedDims } from '../../ops/reduce/reduction-op.js';
import { isFloat } from '../../tensor/dtype.js';
import { sizeOf, type Shape } from '../../tensor/shape.js';
import type { Tensor } from '../../tensor/tensor.js';
import { isWhole, lastOf, operandsOf, programOf, refitMembers, type Chain } from './chain.js';
import { isSeeThrough, type OpenChains } from './open-chains.js';

/** A reduction that ends a chain, and the chain over the shape it reduces. */
interface ChainEnd extends Pick<Chain, 'frame' | 'members'> {
  readonly node: Node;
}

export class ChainRecorder {
  readonly #trace: Trace;
  readonly #chains: OpenChains;
  /** Whether sums and means may end chains. */
  readonly #reduces: boolean;
  readonly #mapped = new Map<Value, Tensor>();

  constructor(trace: Trace, chains: OpenChains, reduces: boolean) {
    this.#trace = trace;
    this.#chains = chains;
    this.#reduces = reduces;
  }

  /** Where each value of the old graph is in the new one. */
  get values(): ReadonlyMap<Value, Value> {
    return new Map([...this.#mapped].map(([old, tensor]) => [old, tensor.value]));
  }

  /** `tensor` stands for `value`. */
  set(value: Value, tensor: Tensor): void {
    this.#mapped.set(value, tensor);
  }

  /** What stands for a value that has been recorded. */
  tensorOf(value: Value): Tensor {
    return this.#mapped.get(value)!;
  }

  /**
   * Records the chain, then the nodes that waited for it. A sum or mean that alone reads its result
   * ends it.
   */
  place(chain: Chain): void {
    if (!this.#chains.close(chain)) return;
    const results = this.#chains.resultsOf(chain);
    const end = this.#reductionOf(chain, results);
    const inside = (user: Node): boolean => chain.members.has(user) || user === end?.node;
    const waiting = chain.waiting.filter(
      (node) =>
        node !== end?.node &&
        (!isSeeThrough(node) || this.#chains.isNeeded(node.outputs[0], inside)),
    );
    this.#chains.forget(chain);
    if (end !== undefined) this.#recordReduction(end);
    else if (chain.members.size === 1) this.copy(lastOf(chain));
    else this.#record(chain, results);
    for (const node of waiting) this.copy(node);
  }

  /**
   * The waiting sum or mean that is the only reader of the chain's only result, and the members
   * over the shape that it reduces.
   */
  #reductionOf(chain: Chain, results: readonly Value[]): ChainEnd | undefined {
    const [value] = results;
    if (
      !this.#reduces ||
      value === undefined ||
      results.length > 1 ||
      !isWhole(value, chain.frame) ||
      !isFloat(value.dtype)
    )
      return undefined;
    const node = chain.waiting.find((n) => n.op.name === 'sum' || n.op.name === 'mean');
    if (
      node === undefined ||
      this.#chains.isNeeded(value, (user) => chain.members.has(user) || user === node) ||
      (node.attrs['dtype'] ?? value.dtype) !== value.dtype
    )
      return undefined;
    let source = operandOf(node);
    while (
      source !== value &&
      source.node?.op.name === 'reshape' &&
      this.#chains.homeOf(source.node) === chain
    )
      source = operandOf(source.node);
    const frame = operandOf(node).shape;
    const members =
      source === value && frame.length > 0
        ? refitMembers(chain.members, chain.frame, frame)
        : undefined;
    return members === undefined ? undefined : { node, frame, members };
  }

  /** Records a node as it is, on the values that stand for its operands. */
  copy(node: Node): void {
    const trace = this.#trace;
    const inputs = node.inputs.map((v) => (v === undefined ? undefined : this.tensorOf(v)));
    const outputs = trace.at(node.scope, node.phase, () => trace.copy(node, inputs));
    node.outputs.forEach((value, i) => this.#mapped.set(value, outputs[i]!));
  }

  #record({ frame, members }: Pick<Chain, 'frame' | 'members'>, results: readonly Value[]): void {
    const nodes = [...members.keys()];
    const last = lastOf({ members });
    const attrs: FusedElementwiseAttributes = {
      program: programOf(members),
      results: results.map((value) => nodes.indexOf(value.node!)),
      shape: frame,
    };
    this.#trace.at(last.scope, last.phase, () => {
      const outputs = this.#trace.apply(fusedElementwiseOp, this.#operands(members, frame), attrs);
      results.forEach((value, i) => this.#mapped.set(value, reshape(outputs[i]!, value.shape)));
    });
  }

  #recordReduction({ node, frame, members }: ChainEnd): void {
    const dims = reducedDims(node.op.name, frame.length, node.attrs['dims'] as readonly number[]);
    const attrs: FusedReductionAttributes = {
      program: programOf(members),
      shape: frame,
      dims,
      reduction: node.op.name === 'sum' ? 'sum' : 'mean',
    };
    this.#trace.at(node.scope, node.phase, () => {
      const result = this.#trace.apply(fusedReductionOp, this.#operands(members, frame), attrs)[0];
      this.#mapped.set(node.outputs[0], reshape(result, node.outputs[0].shape));
    });
  }

  #operands(members: Chain['members'], frame: Shape): Tensor[] {
    return operandsOf(members).map(({ value, shape }) =>
      reshape(this.tensorOf(value), sizeOf(shape) === sizeOf(frame) ? frame : shape),
    );
  }
}
