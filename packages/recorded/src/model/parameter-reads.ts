// The parameters of a recorded graph by node: read once, when first used, and which linear maps a
// parameter belongs to. A weight that is also a table or an operand of arithmetic does not belong
// to a linear module alone: adapters leave it as it is.
import type { Tensor } from '@automodel/core';
import type { RecordedGraph, RecordedNode } from '../graph/recorded-graph.js';

/** Nodes of the parameters that a linear map reads. */
export interface ParameterUses {
  readonly weight: RecordedNode;
  readonly bias: RecordedNode | undefined;
}

export class ParameterReads {
  readonly #nodes: ReadonlyMap<number, RecordedNode>;
  readonly #tensors = new Map<number, Tensor>();
  /** Parameters read by anything else than products over them. */
  readonly #shared = new Set<number>();
  readonly #read: (node: RecordedNode) => Tensor;

  constructor(graph: RecordedGraph, read: (node: RecordedNode) => Tensor) {
    this.#read = read;
    this.#nodes = new Map(
      graph.nodes.filter((node) => node.op === 'param').map((node) => [node.id, node]),
    );
    for (const node of graph.nodes)
      node.in.forEach(
        (operand, i) =>
          typeof operand === 'number' &&
          this.#nodes.has(operand) &&
          !(isProduct(node) && i === 1) &&
          this.#shared.add(operand),
      );
  }

  /** The parameter that node `id` is, as it is stored; undefined for other nodes. */
  read(id: number): { readonly node: RecordedNode; readonly tensor: Tensor } | undefined {
    const node = this.#nodes.get(id);
    if (node === undefined) return undefined;
    let tensor = this.#tensors.get(id);
    if (tensor === undefined) this.#tensors.set(id, (tensor = this.#read(node)));
    return { node, tensor };
  }

  /**
   * Weight and bias of a linear map over parameters; undefined where an operand is something else,
   * or the weight does not belong to one module.
   */
  linearUses(node: RecordedNode): ParameterUses | undefined {
    if (!isProduct(node) || typeof node.in[0] !== 'number') return undefined;
    const [weight, bias] = [
      this.#operand(node, 1),
      this.#operand(node, node.op === 'linear' ? 2 : 3),
    ];
    const biasAbsent = (node.in[node.op === 'linear' ? 2 : 3] ?? null) === null;
    if (weight === undefined || this.#shared.has(weight.id) || (!biasAbsent && bias === undefined))
      return undefined;
    const fits =
      node.op === 'linear'
        ? weight.shape.length === 2 && String(weight.attrs['name']).endsWith('.weight')
        : weight.shape.length === 3 && typeof node.in[2] === 'number';
    return fits ? { weight, bias } : undefined;
  }

  #operand(node: RecordedNode, index: number): RecordedNode | undefined {
    const operand = node.in[index];
    return typeof operand === 'number' ? this.#nodes.get(operand) : undefined;
  }
}

const isProduct = (node: RecordedNode): boolean =>
  node.op === 'linear' || node.op === 'grouped_linear';
