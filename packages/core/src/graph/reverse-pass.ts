// One walk over the nodes of a trace, last to first, that appends the adjoint program. Only what
// lies between the wanted values and those that have an adjoint is visited.
import { AutomodelError } from '../error.js';
import { isFloat } from '../tensor/dtype.js';
import { formatType, sameShape } from '../tensor/shape.js';
import type { Tensor } from '../tensor/tensor.js';
import type { Node, Value } from './graph.js';
import type { Trace } from './trace.js';

/**
 * Carries adjoints from values back to the operands they were made from. The caller passes in the
 * sum of two adjoints: it is an op, and the graph knows no ops.
 */
export class ReversePass {
  readonly adjoints = new Map<Value, Tensor>();
  readonly #wanted = new Set<Value>();

  constructor(
    private readonly trace: Trace,
    wrt: readonly Tensor[],
    private readonly sum: (a: Tensor, b: Tensor) => Tensor,
  ) {
    for (const tensor of wrt) this.#wanted.add(tensor.value);
  }

  contribute(value: Value, gradient: Tensor): void {
    if (gradient.dtype !== value.dtype || !sameShape(gradient.shape, value.shape))
      throw new AutomodelError(
        'bad-graph',
        `the gradient of ${value.node?.op.name ?? value.input?.name ?? 'a value'} is ` +
          `${gradient.toString()}, expected ${formatType(value)}`,
      );
    const known = this.adjoints.get(value);
    this.adjoints.set(value, known === undefined ? gradient : this.sum(known, gradient));
  }

  /**
   * Visits `nodes`, which are in program order, from last to first. The wanted values among their
   * results are marked before.
   */
  backpropagate(nodes: readonly Node[]): void {
    for (const node of nodes) {
      if (!node.inputs.some((v) => v !== undefined && this.#wanted.has(v))) continue;
      for (const value of node.outputs) if (isFloat(value.dtype)) this.#wanted.add(value);
    }
    for (const node of nodes.toReversed()) {
      const incoming = node.outputs.map((v) => this.adjoints.get(v));
      if (incoming.every((g) => g === undefined)) continue;
      const needs = node.inputs.map((v) => v !== undefined && this.#wanted.has(v));
      if (needs.every((n) => !n)) continue;
      if (node.op.gradient !== undefined) this.#applyRule(node, incoming, needs);
      else this.#throughDecomposition(node, incoming);
    }
  }

  #applyRule(
    node: Node,
    incoming: readonly (Tensor | undefined)[],
    needs: readonly boolean[],
  ): void {
    this.trace.at(node.scope, 'backward', () => {
      const operands = node.inputs.map((v) => (v === undefined ? undefined : this.trace.tensor(v)));
      const outputs = node.outputs.map((v) => this.trace.tensor(v));
      const results = node.op.gradient!({
        inputs: operands,
        outputs,
        gradients: incoming,
        needs,
        attrs: node.attrs,
      });
      node.inputs.forEach((value, i) => {
        const gradient = results[i];
        if (needs[i] === true && gradient !== undefined) this.contribute(value!, gradient);
      });
    });
  }

  /**
   * A composite op has no rule of its own: its decomposition is recorded beside it and
   * differentiated.
   */
  #throughDecomposition(node: Node, incoming: readonly (Tensor | undefined)[]): void {
    if (node.op.decompose === undefined)
      throw new AutomodelError(
        'unsupported',
        `op ${node.op.name} has no gradient${node.scope === '' ? '' : `, in ${node.scope}`}`,
      );
    const before = this.trace.nodes.length;
    const operands = node.inputs.map((v) => (v === undefined ? undefined : this.trace.tensor(v)));
    const outputs = this.trace.at(node.scope, 'forward', () =>
      node.op.decompose!(operands, node.attrs),
    );
    outputs.forEach((tensor, i) => {
      const gradient = incoming[i];
      if (gradient !== undefined)
        this.trace.at(node.scope, 'backward', () => this.contribute(tensor.value, gradient));
    });
    this.backpropagate(this.trace.nodes.slice(before).filter((n) => n.phase === 'forward'));
  }
}
