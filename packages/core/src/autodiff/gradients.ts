// Reverse-mode differentiation as graph construction: appends the adjoint program to the trace and
// nothing else. Only what lies between `wrt` and the loss is visited, so frozen weights cost no
// gradient and no saved activation, without a special case.
import { AutomodelError } from '../error.js';
import type { Node, Value } from '../graph/graph.js';
import type { Trace } from '../graph/trace.js';
import { full } from '../ops/creation/full.js';
import { add } from '../ops/elementwise/add.js';
import { isFloat } from '../tensor/dtype.js';
import { formatShape, sameShape } from '../tensor/shape.js';
import type { Tensor } from '../tensor/tensor.js';

/**
 * d loss / d w for each w of `wrt`; undefined where the loss does not depend on it. `loss` is a
 * 0-dimensional float of the same trace.
 * Errors: a primitive without gradient on the way, naming op and scope.
 */
export function gradients(loss: Tensor, wrt: readonly Tensor[]): (Tensor | undefined)[] {
  if (loss.rank !== 0 || !isFloat(loss.dtype))
    throw new AutomodelError(
      'bad-shape',
      `gradients: the loss must be a 0-dimensional float tensor, not ${loss.toString()}`,
    );
  const pass = new ReversePass(loss.trace, wrt);
  const scope = loss.value.node?.scope ?? '';
  loss.trace.run(() => {
    pass.contribute(
      loss.value,
      loss.trace.at(scope, 'backward', () => full([], 1, loss.dtype)),
    );
    pass.backpropagate([...loss.trace.nodes]);
  });
  return wrt.map((tensor) => pass.adjoints.get(tensor.value));
}

/**
 * The adjoints of `wrt` given adjoints of `outputs` (a vector-Jacobian product), appended to the
 * trace. Everything between them must be recorded in the same trace.
 * Backward ops use it as their definition: the product of the forward op's decomposition.
 */
export function vectorJacobianProduct(
  outputs: readonly Tensor[],
  cotangents: readonly (Tensor | undefined)[],
  wrt: readonly Tensor[],
): (Tensor | undefined)[] {
  const trace = wrt[0]!.trace;
  const pass = new ReversePass(trace, wrt);
  outputs.forEach((tensor, i) => {
    const cotangent = cotangents[i];
    if (cotangent !== undefined) pass.contribute(tensor.value, cotangent);
  });
  pass.backpropagate([...trace.nodes]);
  return wrt.map((tensor) => pass.adjoints.get(tensor.value));
}

class ReversePass {
  readonly adjoints = new Map<Value, Tensor>();
  readonly #wanted = new Set<Value>();

  constructor(
    private readonly trace: Trace,
    wrt: readonly Tensor[],
  ) {
    for (const tensor of wrt) this.#wanted.add(tensor.value);
  }

  contribute(value: Value, gradient: Tensor): void {
    if (gradient.dtype !== value.dtype || !sameShape(gradient.shape, value.shape))
      throw new AutomodelError(
        'bad-graph',
        `the gradient of ${value.node?.op.name ?? value.input?.name ?? 'a value'} is ` +
          `${gradient.toString()}, expected ${value.dtype}${formatShape(value.shape)}`,
      );
    const known = this.adjoints.get(value);
    this.adjoints.set(value, known === undefined ? gradient : add(known, gradient));
  }

  /**
   * Visits `nodes` (in program order) backwards. Values they make and somebody wants are marked
   * first.
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
