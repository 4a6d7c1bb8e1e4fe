// Imports a recorded forward pass into a trace: parameters by their names in model.safetensors,
// module scopes kept, every stated shape and dtype checked against the shape rules.
// Linear maps over a module's own weight go through the parameter scope's seam, where adapters
// attach.
import type { ParameterScope } from '@automodel/contracts';
import {
  add,
  AutomodelError,
  cast,
  formatShape,
  isFloat,
  sameShape,
  type Operand,
  type Tensor,
  type Trace,
} from '@automodel/core';
import { applyRecordedOp } from '../ops/apply-recorded-op.js';
import { ParameterReads, type ParameterUses } from './parameter-reads.js';
import {
  placeOf,
  type RecordedGraph,
  type RecordedNode,
  type RecordedOperand,
} from '../graph/recorded-graph.js';

/** Where the graph's inputs and parameters come from. */
export interface ImportOptions {
  /** Reads parameters, at the top of the model. Absent: parameter inputs of the stated dtypes. */
  readonly scope?: ParameterScope;
  /** Tensors for the graph's inputs by name. Absent: batch inputs of those names, as stated. */
  readonly inputs?: ReadonlyMap<string, Tensor>;
  /** Name of the file, for messages. */
  readonly file?: string;
}

/**
 * Records the graph into `trace`; the result is the recorded output (logits). Errors: `bad-graph`
 * and `unsupported`, naming node and module.
 */
export function importGraph(
  trace: Trace,
  graph: RecordedGraph,
  options: ImportOptions = {},
): Tensor {
  return trace.run(() => new Importer(trace, graph, options).run());
}

class Importer {
  readonly #values = new Map<number, Tensor>();
  readonly #reads: ParameterReads;

  constructor(
    private readonly trace: Trace,
    private readonly graph: RecordedGraph,
    private readonly options: ImportOptions,
  ) {
    this.#reads = new ParameterReads(graph, (node) => this.#readParameter(node));
  }

  run(): Tensor {
    for (const node of this.graph.nodes) {
      if (node.op === 'param') continue; // read where it is used
      const tensor = this.trace.at(node.scope, 'forward', () => this.#build(node));
      this.#check(node, tensor);
      this.#values.set(node.id, tensor);
    }
    return this.#value(this.graph.output);
  }

  #readParameter(node: RecordedNode): Tensor {
    const name = nameOf(node, this.options.file);
    const { scope } = this.options;
    return scope === undefined
      ? this.trace.input('parameter', name, node.shape, node.dtype)
      : scope.parameter(name, node.shape, 'normal', isFloat(node.dtype) ? undefined : node.dtype);
  }

  /**
   * The tensor of a node; a parameter in the dtype it was recorded in, whatever it is stored in.
   */
  #value(id: number): Tensor {
    const stored = this.#reads.read(id);
    return stored === undefined ? this.#values.get(id)! : cast(stored.tensor, stored.node.dtype);
  }

  #build(node: RecordedNode): Tensor {
    if (node.op === 'input') return this.#input(node);
    try {
      return this.#throughSeam(node) ?? this.#apply(node);
    } catch (error) {
      if (error instanceof AutomodelError && error.location === undefined)
        throw new AutomodelError(error.code, withoutScope(error.message, node.scope), {
          location: placeOf(node, this.options.file),
          hint: error.hint,
          cause: error,
        });
      throw error;
    }
  }

  #input(node: RecordedNode): Tensor {
    const name = nameOf(node, this.options.file);
    const { inputs } = this.options;
    if (inputs === undefined) return this.trace.input('batch', name, node.shape, node.dtype);
    const tensor = inputs.get(name);
    if (tensor === undefined)
      throw new AutomodelError(
        'bad-graph',
        `there is no input ${JSON.stringify(name)}; a language model takes ` +
          `${[...inputs.keys()].join(' and ')}`,
        { location: placeOf(node, this.options.file) },
      );
    return cast(tensor, node.dtype);
  }

  #apply(node: RecordedNode): Tensor {
    const { op, attrs, shape, dtype } = node;
    const result = applyRecordedOp({
      op,
      inputs: node.in.map((operand, i) => this.#operand(node, operand, i)),
      attrs,
      shape,
      dtype,
    });
    // rows of a table that is stored in another dtype
    return op === 'embedding' && isFloat(dtype) ? cast(result, dtype) : result;
  }

  /** Kernels of products and tables read weights as they are stored. */
  #operand(node: RecordedNode, operand: RecordedOperand, index: number): Operand | null {
    if (operand === null) return null;
    if (typeof operand === 'object') return operand.c;
    const asStored =
      READ_AS_STORED.get(node.op)?.includes(index) === true
        ? this.#reads.read(operand)?.tensor
        : undefined;
    return asStored ?? this.#value(operand);
  }

  /** A linear map over parameters that belong to one module, or to one list of experts. */
  #throughSeam(node: RecordedNode): Tensor | undefined {
    const { scope } = this.options;
    const uses = scope === undefined ? undefined : this.#reads.linearUses(node);
    if (scope === undefined || uses === undefined) return undefined;
    const x = this.#value(node.in[0] as number);
    const inFeatures =
      uses.weight.shape[
        node.op === 'grouped_linear' && node.attrs['transposed'] === true
          ? 1
          : uses.weight.shape.length - 1
      ];
    if (
      x.shape.at(-1) !== inFeatures ||
      (uses.bias !== undefined && uses.bias.shape.length !== uses.weight.shape.length - 1)
    )
      return undefined; // the shape rules say what is wrong
    return this.trace.at('', 'forward', () =>
      node.op === 'linear' ? this.#linear(scope, x, uses) : this.#grouped(scope, x, node, uses),
    );
  }

  #linear(scope: ParameterScope, x: Tensor, { weight, bias }: ParameterUses): Tensor {
    const module = moduleOf(nameOf(weight));
    const own = bias === undefined || nameOf(bias) === `${module}.bias`;
    const result = scope.linear(module, x, weight.shape[0]!, own && bias !== undefined);
    return own ? result : this.trace.at(module, 'forward', () => add(result, this.#value(bias.id)));
  }

  #grouped(
    scope: ParameterScope,
    x: Tensor,
    node: RecordedNode,
    { weight, bias }: ParameterUses,
  ): Tensor {
    const name = nameOf(weight);
    const transposed = node.attrs['transposed'] === true;
    const shape = {
      count: weight.shape[0]!,
      outFeatures: weight.shape[transposed ? 2 : 1]!,
      transposed,
      ...(bias === undefined ? {} : { bias: nameOf(bias) }),
    };
    const experts = this.#value(node.in[2] as number);
    return this.trace.at(moduleOf(name), 'forward', () =>
      scope.groupedLinear(name, x, experts, shape),
    );
  }

  #check(node: RecordedNode, tensor: Tensor): void {
    if (sameShape(tensor.shape, node.shape) && tensor.dtype === node.dtype) return;
    throw new AutomodelError(
      'bad-graph',
      `the shape rules give ${tensor.dtype}${formatShape(tensor.shape)}, the file states ` +
        `${node.dtype}${formatShape(node.shape)}`,
      { location: placeOf(node, this.options.file) },
    );
  }
}

const READ_AS_STORED: ReadonlyMap<string, readonly number[]> = new Map([
  ['linear', [1, 2]],
  ['grouped_linear', [1, 3]],
  ['embedding', [0]],
]);

const moduleOf = (name: string): string => name.slice(0, Math.max(0, name.lastIndexOf('.')));

/** Shape errors of a trace end in the module; the location says it already. */
const withoutScope = (message: string, scope: string): string =>
  scope !== '' && message.endsWith(`, in ${scope}`)
    ? message.slice(0, -`, in ${scope}`.length)
    : message;

/** Name of a parameter or input. */
export function nameOf(node: RecordedNode, file?: string): string {
  const name = node.attrs['name'];
  if (typeof name !== 'string' || name === '')
    throw new AutomodelError('bad-graph', 'attribute name must be a text', {
      location: placeOf(node, file),
    });
  return name;
}
