// From nodes to draft steps: every value gets a storage or becomes a view of one, operands that a
// kernel cannot read directly are copied first, and ops that only move data (constant, full, cat,
// reshape, expand, permute, slice) turn into constants, views and copies and need no kernel.
import { AutomodelError } from '../error.js';
import type { Graph, Node, Phase, Value } from '../graph/graph.js';
import { operandOf, overwritesIn, streamOf, usersOf } from '../graph/graph.js';
import { printNode } from '../graph/print-graph.js';
import { bytesOf } from '../tensor/dtype.js';
import { allocateHostData } from '../tensor/host-tensor.js';
import { contiguousStrides, sizeOf } from '../tensor/shape.js';
import { copyStep } from './copy-step.js';
import {
  newStorage,
  type Draft,
  type DraftRef,
  type DraftResult,
  type DraftStep,
  type Storage,
} from './draft-plan.js';
import { costOf } from '../ops/support/default-cost.js';
import { kernelOf, type KernelSupport, type KernelTable } from './kernel-table.js';
import { applyView, isRowMajor, wholeView } from './view.js';

/** Lowers `graph` onto `kernels`. Errors: `missing-kernel` naming op, backend and scope. */
export function lowerGraph(graph: Graph, kernels: KernelTable, backend: string): Draft {
  return new Lowering(graph, kernels, backend).lower();
}

class Lowering {
  readonly #graph: Graph;
  readonly #kernels: KernelTable;
  readonly #backend: string;
  readonly #steps: DraftStep[] = [];
  readonly #places = new Map<Value, DraftRef>();
  readonly #read: ReadonlySet<Value>;
  readonly #dense = new Map<string, DraftRef>();
  readonly #fills = new Map<string, DraftRef>();
  #nextValue: number;

  constructor(graph: Graph, kernels: KernelTable, backend: string) {
    this.#graph = graph;
    this.#kernels = kernels;
    this.#backend = backend;
    this.#read = new Set([
      ...usersOf(graph).keys(),
      ...graph.outputs.map((o) => o.value),
      ...graph.assigns.map((a) => a.value),
    ]);
    const ids = [...graph.inputs, ...graph.nodes.flatMap((n) => n.outputs)].map((v) => v.id);
    this.#nextValue = ids.reduce((a, b) => Math.max(a, b), -1) + 1;
  }

  lower(): Draft {
    const inputs = this.#graph.inputs.map((value) => {
      const storage = newStorage(
        value.input.kind,
        sizeOf(value.shape) * bytesOf(value.dtype),
        value.input.name,
      );
      this.#places.set(value, this.#whole(value, storage));
      return storage;
    });
    for (const node of this.#graph.nodes) this.#node(node);
    const assigns = this.#graph.assigns.map((a): DraftResult => ({
      target: this.#place(a.target).storage,
      source: this.#place(a.value),
    }));
    const outputs = this.#graph.outputs.flatMap((o) => this.#output(o));
    return { steps: this.#steps, inputs, assigns, outputs, nextValue: () => this.#nextValue++ };
  }

  /**
   * Buffers are bound by name, so an output may have the name of an input only when it is what that
   * input holds at the end.
   */
  #output({ name, value }: Graph['outputs'][number]): DraftResult[] {
    const input = this.#graph.inputs.find((v) => v.input.name === name);
    if (input === undefined)
      return [
        {
          target: newStorage('output', sizeOf(value.shape) * bytesOf(value.dtype), name),
          source: this.#place(value),
        },
      ];
    const final = this.#graph.assigns.find((a) => a.target === input)?.value ?? input;
    if (final !== value)
      throw new AutomodelError(
        'conflict',
        `graph ${this.#graph.name}: output ${name} has the name of a ${input.input.kind} that ` +
          'ends with another value',
        { hint: 'give the output another name' },
      );
    return [];
  }

  #node(node: Node): void {
    if (node.op.view === true) this.#view(node);
    else if (node.op.name === 'constant') this.#places.set(node.outputs[0], this.#constant(node));
    else if (node.op.name === 'full') this.#places.set(node.outputs[0], this.#full(node));
    else if (node.op.name === 'cat') this.#cat(node);
    else this.#call(node);
  }

  #whole(value: Value, storage: Storage): DraftRef {
    return { storage, value: value.id, dtype: value.dtype, ...wholeView(value.shape) };
  }

  #fresh(value: Value): DraftRef {
    return this.#whole(value, newStorage('transient', sizeOf(value.shape) * bytesOf(value.dtype)));
  }

  #place(value: Value): DraftRef {
    return this.#places.get(value)!;
  }

  #view(node: Node): void {
    const source = this.#place(operandOf(node));
    const value = node.outputs[0];
    const view = applyView(node, source);
    if (view !== undefined) this.#places.set(value, { ...source, ...view });
    else {
      const dense = this.#rowMajor(source, node);
      this.#places.set(value, { ...dense, ...applyView(node, dense)! });
    }
  }

  #constant(node: Node): DraftRef {
    const value = node.outputs[0];
    const data = node.attrs['data'];
    if (data === null || typeof data !== 'object' || !ArrayBuffer.isView(data))
      throw new AutomodelError('bad-graph', `constant without host data: ${printNode(node)}`);
    const bytes = sizeOf(value.shape) * bytesOf(value.dtype);
    return this.#whole(value, {
      ...newStorage('constant', bytes),
      constant: { dtype: value.dtype, data: data },
    });
  }

  /** A filled tensor is one constant element seen with strides of 0. */
  #full(node: Node): DraftRef {
    const value = node.outputs[0];
    const fill = node.attrs['value'];
    if (typeof fill !== 'number' && typeof fill !== 'bigint' && typeof fill !== 'boolean')
      throw new AutomodelError('bad-graph', `full without a value: ${printNode(node)}`);
    const key = `${value.dtype} ${Object.is(fill, -0) ? '-0' : String(fill)}`;
    let element = this.#fills.get(key);
    if (element === undefined) {
      const data = allocateHostData(value.dtype, 1);
      if (data instanceof BigInt64Array) data[0] = BigInt(fill);
      else data[0] = Number(fill);
      const storage: Storage = {
        ...newStorage('constant', bytesOf(value.dtype)),
        constant: { dtype: value.dtype, data },
      };
      element = { storage, value: value.id, dtype: value.dtype, ...wholeView([]) };
      this.#fills.set(key, element);
    }
    return { ...element, shape: value.shape, strides: value.shape.map(() => 0) };
  }

  /** Each piece is copied to its place in one storage. */
  #cat(node: Node): void {
    const result = this.#fresh(node.outputs[0]);
    const dim = Number(node.attrs['dim']);
    const axis = dim < 0 ? dim + result.shape.length : dim;
    let offset = 0;
    for (const value of node.inputs) {
      const piece = this.#place(value!);
      if (sizeOf(piece.shape) > 0)
        this.#steps.push(copyStep(piece, { ...result, shape: piece.shape, offset }, node));
      offset += piece.shape[axis]! * result.strides[axis]!;
    }
    this.#places.set(node.outputs[0], result);
  }

  #call(node: Node): void {
    const kernel = kernelOf(node, this.#kernels);
    if (kernel === undefined)
      throw new AutomodelError(
        'missing-kernel',
        `op ${node.op.name}${node.scope === '' ? '' : ` in ${node.scope}`} has no kernel on ` +
          `backend ${this.#backend}`,
        {
          hint:
            node.op.decompose === undefined
              ? `it is a primitive: backend ${this.#backend} needs a kernel for it`
              : 'run the decompose pass before planning',
        },
      );
    const inputs = node.inputs.map((value, i) =>
      value === undefined ? null : this.#operand(this.#place(value), i, kernel, node),
    );
    const outputs = node.outputs.map((value, i) => {
      const ref = this.#fresh(value);
      this.#places.set(value, ref);
      return kernel.optionalOutputs?.includes(i) === true && !this.#read.has(value) ? null : ref;
    });
    const { op, attrs, phase, scope } = node;
    const workspaceBytes =
      kernel.workspaceBytes?.({ inputs: node.inputs, outputs: node.outputs, attrs }) ?? 0;
    this.#steps.push({
      op: op.name,
      inputs,
      outputs,
      attrs,
      overwrites: overwritesIn(node),
      workspaceBytes,
      phase,
      scope,
      stream: streamOf(node),
      ...costOf(
        node,
        node.outputs.map((value, i) => (outputs[i] === null ? undefined : value)),
      ),
    });
  }

  #operand(ref: DraftRef, index: number, kernel: KernelSupport, node: Node): DraftRef {
    if (isRowMajor(ref.shape, ref.strides))
      return { ...ref, strides: contiguousStrides(ref.shape) };
    return kernel.acceptsView?.(index, ref.shape, ref.strides) === true
      ? ref
      : this.#rowMajor(ref, node);
  }

  /**
   * The same elements in row-major order, copied at most once per phase: a copy made for the
   * forward pass is not kept for the backward pass.
   */
  #rowMajor(ref: DraftRef, reader: { readonly phase: Phase; readonly scope: string }): DraftRef {
    const key = [ref.value, ref.offset, ref.shape, ref.strides, reader.phase].join(';');
    const known = this.#dense.get(key);
    if (known !== undefined) return known;
    const storage = newStorage('transient', sizeOf(ref.shape) * bytesOf(ref.dtype));
    const copy: DraftRef = {
      storage,
      value: this.#nextValue++,
      dtype: ref.dtype,
      ...wholeView(ref.shape),
    };
    this.#steps.push(copyStep(ref, copy, reader));
    this.#dense.set(key, copy);
    return copy;
  }
}
