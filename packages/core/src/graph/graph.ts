// The program as data: an ordered list of typed operations over values (static single assignment).
// Graphs are immutable; passes build new ones and may share nodes.
// Nothing is ever written in place here: new contents of a state are an assign, which the planner
// may turn into an overwrite.
import { AutomodelError } from '../error.js';
import type { DType } from '../tensor/dtype.js';
import type { HostData } from '../tensor/host-tensor.js';
import type { Shape } from '../tensor/shape.js';
import type { OpDefinition } from '../ops/support/define-op.js';
import { exactly, type ListsOf, type NonEmpty } from '../list-length.js';

/** Shape and element type of a value. */
export interface TensorType {
  readonly shape: Shape;
  readonly dtype: DType;
}

/**
 * What feeds a graph: model weights, persistent state (gradients, moments, caches), the data of one
 * run, or a 0-dimensional number that changes between runs.
 */
export type InputKind = 'parameter' | 'state' | 'batch' | 'scalar';

/** The part of a step a node belongs to. */
export type Phase = 'forward' | 'backward' | 'recompute' | 'update';

/** A queue of a device: steps of one run in order, those of another beside them. */
export type Stream = 'compute' | 'comm' | 'copy';

/** Static facts of a node. Data of constants is a host array. */
export type AttributeValue =
  number | bigint | string | boolean | null | readonly number[] | readonly string[] | HostData;
/** Static facts of a node by name. */
export type Attributes = Readonly<Record<string, AttributeValue>>;

/** One tensor of the program: the result of a node or an input of the graph. */
export interface Value extends TensorType {
  readonly id: number;
  /** Absent for graph inputs. */
  readonly node: Node | undefined;
  /** Present for graph inputs. */
  readonly input: { readonly kind: InputKind; readonly name: string } | undefined;
}

/** A value that feeds the graph. */
export interface GraphInput extends Value {
  readonly node: undefined;
  readonly input: { readonly kind: InputKind; readonly name: string };
}

/** True for a value that feeds the graph. */
export const isGraphInput = (value: Value): value is GraphInput => value.input !== undefined;

/** One operation. An absent optional operand is undefined. */
export interface Node {
  readonly op: OpDefinition;
  readonly inputs: readonly (Value | undefined)[];
  readonly outputs: NonEmpty<Value>;
  readonly attrs: Attributes;
  readonly phase: Phase;
  /** Dotted module path, as in Hugging Face parameter names: `model.layers.3.mlp`. */
  readonly scope: string;
}

/** The queue that runs a node: its op says it. */
export const streamOf = ({ op }: Node): Stream => op.stream ?? 'compute';

/** A node that makes values of `types`, with ids from `firstId` on. */
export function makeNode(
  { op, inputs, attrs, phase, scope }: Omit<Node, 'outputs'>,
  types: NonEmpty<TensorType>,
  firstId: number,
): Node {
  const made: Value[] = [];
  // The values name the node, so they come after it.
  const outputs = made as unknown as NonEmpty<Value>;
  const node: Node = { op, inputs, outputs, attrs, phase, scope };
  for (const { shape, dtype } of types)
    made.push({ id: firstId + made.length, shape, dtype, node, input: undefined });
  return node;
}

/** After the run, the state or parameter `target` (a graph input) holds `value`. */
export interface Assign {
  readonly target: GraphInput;
  readonly value: Value;
}

/** A named result of a graph. */
export interface GraphOutput {
  readonly name: string;
  readonly value: Value;
}

/** A program: inputs, nodes in program order, results, and the states it assigns. */
export interface Graph {
  readonly name: string;
  readonly inputs: readonly GraphInput[];
  readonly nodes: readonly Node[];
  readonly outputs: readonly GraphOutput[];
  readonly assigns: readonly Assign[];
}

/** An operand that the op of the node always has. Errors: `internal` where it is absent. */
export function operandOf(node: Node, index = 0): Value {
  const value = node.inputs[index];
  if (value === undefined)
    throw new AutomodelError('internal', `${node.op.name} has no operand ${index}`);
  return value;
}

/** The value whose bytes a value shows, through any number of views. */
export function rootOf(value: Value): Value {
  let root = value;
  while (root.node?.op.view === true) root = operandOf(root.node);
  return root;
}

/** The first operands, which the op of the node always has. Errors: as operandOf. */
export const operandsOf = <N extends keyof ListsOf<Value>>(
  node: Node,
  count: N,
): ListsOf<Value>[N] =>
  exactly(
    Array.from({ length: count }, (_, i) => operandOf(node, i)),
    count,
  );

/** Which outputs of the node may take over the memory of which operands. */
export const overwritesIn = ({
  op,
  outputs,
}: Node): readonly (readonly [output: number, input: number])[] =>
  op.overwritesEach === true ? outputs.map((_, i) => [i, i] as const) : op.overwrites;

/** Values that must exist when the graph ends. */
export const resultsOf = (graph: Graph): Value[] => [
  ...graph.outputs.map((o) => o.value),
  ...graph.assigns.map((a) => a.value),
];

/** For each value, the nodes that read it (a node reading it twice is listed once). */
export function usersOf(graph: Graph): Map<Value, Node[]> {
  const users = new Map<Value, Node[]>();
  for (const node of graph.nodes) {
    for (const value of new Set(node.inputs)) {
      if (value === undefined) continue;
      const list = users.get(value);
      if (list === undefined) users.set(value, [node]);
      else list.push(node);
    }
  }
  return users;
}
