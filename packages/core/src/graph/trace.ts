// A trace records operations as they are called and becomes a graph. `trace(...)` opens one for a
// synchronous callback; creation functions find it there, ops find it in their operands.
// Two traces never mix: an op over tensors of both is an error naming both.
import { AutomodelError } from '../error.js';
import type { OpDefinition } from '../ops/support/define-op.js';
import { mapNonEmpty, type NonEmpty } from '../list-length.js';
import type { DType } from '../tensor/dtype.js';
import type { Shape } from '../tensor/shape.js';
import { Tensor } from '../tensor/tensor.js';
import {
  makeNode,
  type Assign,
  type Attributes,
  type Graph,
  type GraphInput,
  type GraphOutput,
  type InputKind,
  type Node,
  type Phase,
  type TensorType,
  type Value,
} from './graph.js';
import { assignable, sameTypes, inferTypes, mixedTraces } from './trace-rules.js';

const open: Trace[] = [];

/** A graph while it is recorded; `scope` and `phase` apply to the ops that follow. */
export class Trace {
  readonly name: string;
  phase: Phase = 'forward';
  #scope = '';
  #nextId = 0;
  readonly #inputs: GraphInput[] = [];
  readonly #byName = new Map<string, GraphInput>();
  readonly #nodes: Node[] = [];
  readonly #outputs: GraphOutput[] = [];
  readonly #assigns = new Map<GraphInput, Assign>();

  constructor(name: string) {
    this.name = name;
  }

  /** A trace that goes on where `graph` ends: its values can be used as operands. */
  static extend(graph: Graph, name = graph.name): Trace {
    const trace = new Trace(name);
    const count = (value: Value): void =>
      void (trace.#nextId = Math.max(trace.#nextId, value.id + 1));
    for (const value of graph.inputs) {
      trace.#inputs.push(value);
      trace.#byName.set(value.input.name, value);
      count(value);
    }
    for (const node of graph.nodes) {
      trace.#nodes.push(node);
      node.outputs.forEach(count);
    }
    for (const output of graph.outputs) trace.#outputs.push(output);
    for (const assign of graph.assigns) trace.#assigns.set(assign.target, assign);
    return trace;
  }

  get scope(): string {
    return this.#scope;
  }

  /** The nodes recorded so far, in order. */
  get nodes(): readonly Node[] {
    return this.#nodes;
  }

  /** The handle of a value that belongs to this trace. */
  tensor(value: Value): Tensor {
    return new Tensor(this, value);
  }

  /**
   * An input of the graph. The same name again returns the same tensor; another type under that
   * name is an error.
   */
  input(kind: InputKind, name: string, shape: Shape, dtype: DType): Tensor {
    const known = this.#byName.get(name);
    if (known !== undefined) {
      if (known.input.kind !== kind || known.dtype !== dtype || known.shape.join() !== shape.join())
        throw new AutomodelError(
          'conflict',
          `graph ${this.name}: input ${name} is asked for as ${kind} ` +
            `${dtype}[${shape.join(',')}] but exists as ${known.input.kind} ` +
            `${known.dtype}[${known.shape.join(',')}]`,
        );
      return this.tensor(known);
    }
    const value: GraphInput = {
      id: this.#nextId++,
      shape,
      dtype,
      node: undefined,
      input: { kind, name },
    };
    this.#inputs.push(value);
    this.#byName.set(name, value);
    return this.tensor(value);
  }

  /** Records one operation. Shape errors name the scope. */
  apply<A extends Attributes>(
    op: OpDefinition<A>,
    inputs: readonly (Tensor | undefined)[],
    attrs: A,
  ): NonEmpty<Tensor> {
    const operands = this.#valuesOf(op.name, inputs);
    const types = inferTypes(op, operands, attrs, this.#scope);
    return this.#record(op as unknown as OpDefinition, operands, attrs, types);
  }

  /**
   * Records a node of another graph over `inputs`. Types are inferred only where those of the
   * operands changed.
   */
  copy(
    { op, inputs: old, outputs, attrs }: Node,
    inputs: readonly (Tensor | undefined)[],
  ): NonEmpty<Tensor> {
    const operands = this.#valuesOf(op.name, inputs);
    const types = sameTypes(operands, old) ? outputs : inferTypes(op, operands, attrs, this.#scope);
    return this.#record(op, operands, attrs, types);
  }

  #valuesOf(op: string, inputs: readonly (Tensor | undefined)[]): (Value | undefined)[] {
    const values: (Value | undefined)[] = [];
    for (const tensor of inputs) {
      if (tensor !== undefined && tensor.trace !== this)
        throw mixedTraces(op, this.name, tensor.trace.name);
      values.push(tensor?.value);
    }
    return values;
  }

  #record(
    op: OpDefinition,
    inputs: readonly (Value | undefined)[],
    attrs: Attributes,
    types: NonEmpty<TensorType>,
  ): NonEmpty<Tensor> {
    const fields = { op, inputs, attrs, phase: this.phase, scope: this.#scope };
    const node = makeNode(fields, types, this.#nextId);
    this.#nextId += types.length;
    this.#nodes.push(node);
    return mapNonEmpty(node.outputs, (value) => this.tensor(value));
  }

  /** What is recorded next has scope and phase of `node`. */
  follow({ scope, phase }: Node): void {
    this.#scope = scope;
    this.phase = phase;
  }

  /** Runs `body` with `name` appended to the scope. */
  within<T>(name: string, body: () => T): T {
    return this.at(
      this.#scope === '' || name === '' ? this.#scope + name : `${this.#scope}.${name}`,
      this.phase,
      body,
    );
  }

  /** Runs `body` with this scope and phase. */
  at<T>(scope: string, phase: Phase, body: () => T): T {
    const oldScope = this.#scope;
    const oldPhase = this.phase;
    this.#scope = scope;
    this.phase = phase;
    try {
      return body();
    } finally {
      this.#scope = oldScope;
      this.phase = oldPhase;
    }
  }

  /** Names a result of the graph. */
  output(name: string, tensor: Tensor): void {
    if (tensor.trace !== this) throw mixedTraces(`output ${name}`, this.name, tensor.trace.name);
    if (this.#outputs.some((o) => o.name === name))
      throw new AutomodelError('conflict', `graph ${this.name} has two outputs named ${name}`);
    this.#outputs.push({ name, value: tensor.value });
  }

  /** After the run, `target` (a state or parameter input) holds `tensor`. */
  assign(target: Tensor, tensor: Tensor): void {
    const held = assignable(this.name, target, tensor);
    if (this.#assigns.has(held))
      throw new AutomodelError(
        'bad-graph',
        `graph ${this.name}: ${held.input.name} is assigned twice`,
      );
    this.#assigns.set(held, { target: held, value: tensor.value });
  }

  /** The graph recorded so far. */
  finish(): Graph {
    return {
      name: this.name,
      inputs: [...this.#inputs],
      nodes: [...this.#nodes],
      outputs: [...this.#outputs],
      assigns: [...this.#assigns.values()],
    };
  }

  /** Makes this the trace that creation functions use while `body` runs. */
  run<T>(body: () => T): T {
    open.push(this);
    try {
      const result = body();
      if (result instanceof Promise) {
        result.catch(() => undefined);
        throw new AutomodelError(
          'bad-graph',
          `trace ${this.name}: the callback is asynchronous; tracing must finish before the ` +
            'callback returns',
        );
      }
      return result;
    } finally {
      open.pop();
    }
  }
}

/** A callback result that is not a promise: asynchronous tracing is refused by type. */
export type Synchronous<T> = T extends PromiseLike<unknown> ? never : T;

/** Records what `body` computes as a graph. */
export function trace<T>(name: string, body: (trace: Trace) => Synchronous<T>): Graph {
  const result = new Trace(name);
  result.run(() => body(result));
  return result.finish();
}

/** The trace that creation functions record into. Errors: called outside a trace. */
export function currentTrace(): Trace {
  const trace = open.at(-1);
  if (trace === undefined)
    throw new AutomodelError('bad-graph', 'no trace is open: create tensors inside trace(...)');
  return trace;
}
