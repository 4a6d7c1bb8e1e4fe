// The parameter scope: reads parameters of the graph being traced by their Hugging Face names,
// through the interceptors of adapters and parallelism.
import type {
  GroupedLinearShape,
  HeadWeight,
  Initializer,
  Interceptor,
  ParameterRecord,
  ParameterScope,
} from '@automodel/contracts';
import {
  AutomodelError,
  dropout,
  embedding,
  formatShape,
  sameShape,
  groupedLinear,
  linear,
  type DropoutScalars,
  type DType,
  type Shape,
  type Tensor,
  type Trace,
} from '@automodel/core';
import { placementOf } from './placement-of.js';

/** How the scopes of one trace read parameters. */
export interface ScopeOptions {
  /** Dtype a parameter is held in. */
  readonly dtypeOf: (name: string) => DType;
  readonly interceptors?: readonly Interceptor[];
  /**
   * In training: returns the seed and step of dropout, called for each dropout. Absent: no dropout.
   */
  readonly dropout?: (() => DropoutScalars) | undefined;
}

/** What the scopes of one trace share. */
interface Shared {
  readonly records: Map<string, ParameterRecord>;
  /** Embedding tables read so far, by full name: a head that is tied to one reads it once. */
  readonly tables: Map<string, Tensor>;
  /** Number of dropouts so far; each has its own random numbers. */
  dropouts: number;
}

/** A scope of the graph being traced. Start with `Scope.root`. */
export class Scope implements ParameterScope {
  readonly path: string;
  readonly #trace: Trace;
  readonly #options: ScopeOptions;
  readonly #shared: Shared;

  private constructor(trace: Trace, options: ScopeOptions, path: string, shared: Shared) {
    this.path = path;
    this.#trace = trace;
    this.#options = options;
    this.#shared = shared;
  }

  /** The scope at the top of a model. */
  static root(trace: Trace, options: ScopeOptions): Scope {
    return new Scope(trace, options, '', { records: new Map(), tables: new Map(), dropouts: 0 });
  }

  get root(): ParameterScope {
    return new Scope(this.#trace, this.#options, '', this.#shared);
  }

  /** Every parameter read so far below this root, by name. */
  get records(): ReadonlyMap<string, ParameterRecord> {
    return this.#shared.records;
  }

  within<T>(name: string, body: (scope: ParameterScope) => T): T {
    return this.#trace.within(name, () =>
      body(new Scope(this.#trace, this.#options, this.#nameOf(name), this.#shared)),
    );
  }

  parameter(
    name: string,
    shape: Shape,
    initializer: Initializer = 'normal',
    dtype?: DType,
  ): Tensor {
    const full = this.#nameOf(name);
    const record: ParameterRecord = {
      name: full,
      shape,
      initializer,
      ...(dtype === undefined ? {} : { dtype }),
    };
    this.#shared.records.set(full, record);
    const { interceptors = [], dtypeOf } = this.#options;
    const held = placementOf(record, interceptors);
    let read = (): Tensor =>
      this.#trace.input('parameter', full, held.shape, held.dtype ?? dtype ?? dtypeOf(full));
    for (const interceptor of interceptors) {
      if (interceptor.read !== undefined) read = interceptor.read.bind(interceptor, record, read);
    }
    return whole(record, read());
  }

  linear(name: string, x: Tensor, outFeatures: number, bias: boolean): Tensor {
    return this.within(name, (scope) => {
      let call = (): Tensor =>
        linear(
          x,
          scope.parameter('weight', [outFeatures, ...x.shape.slice(-1)]),
          bias ? scope.parameter('bias', [outFeatures], 'zeros') : undefined,
        );
      for (const interceptor of this.#options.interceptors ?? []) {
        const linearCall = { module: scope.path, x, outFeatures, bias, scope, next: call };
        if (interceptor.linear !== undefined)
          call = interceptor.linear.bind(interceptor, linearCall);
      }
      return call();
    });
  }

  groupedLinear(weight: string, x: Tensor, experts: Tensor, shape: GroupedLinearShape): Tensor {
    const { count, outFeatures, transposed, bias } = shape;
    const inFeatures = x.shape.at(-1) ?? 0;
    let call = (): Tensor => {
      const matrices = this.parameter(
        weight,
        transposed ? [count, inFeatures, outFeatures] : [count, outFeatures, inFeatures],
      );
      return groupedLinear(
        x,
        matrices,
        experts,
        bias === undefined ? undefined : this.parameter(bias, [count, outFeatures], 'zeros'),
        { transposed },
      );
    };
    for (const interceptor of this.#options.interceptors ?? []) {
      const name = this.#nameOf(weight);
      const groupedCall = { weight: name, x, experts, shape, scope: this, next: call };
      if (interceptor.groupedLinear !== undefined)
        call = interceptor.groupedLinear.bind(interceptor, groupedCall);
    }
    return call();
  }

  embedding(name: string, ids: Tensor, shape: readonly [number, number]): Tensor {
    return this.within(name, (scope) => {
      const module = scope.path;
      let call = (): Tensor => {
        const table = scope.parameter('weight', shape);
        this.#shared.tables.set(`${module}.weight`, table);
        // f32 however the table is stored, so that later sums are not rounded; the cast policy
        // decides which type they are computed in
        return embedding(table, ids, table.dtype === 'f64' ? null : 'f32');
      };
      for (const interceptor of this.#options.interceptors ?? []) {
        const lookup = { module, ids, shape, scope, next: call };
        if (interceptor.embedding !== undefined)
          call = interceptor.embedding.bind(interceptor, lookup);
      }
      return call();
    });
  }

  head(name: string, shape: readonly [number, number], tied?: string): HeadWeight {
    return this.within(name, (scope) => {
      const module = scope.path;
      const weight = tied === undefined ? `${module}.weight` : this.#nameOf(tied);
      let call = (): HeadWeight => ({
        weight:
          tied === undefined
            ? scope.parameter('weight', shape)
            : (this.#shared.tables.get(weight) ?? this.parameter(tied, shape)),
      });
      for (const interceptor of this.#options.interceptors ?? []) {
        const headCall = { module, shape, weight, scope, next: call };
        if (interceptor.head !== undefined) call = interceptor.head.bind(interceptor, headCall);
      }
      return call();
    });
  }

  dropout(x: Tensor, p: number): Tensor {
    const { dropout: scalars } = this.#options;
    return p === 0 || scalars === undefined ? x : dropout(x, p, this.#shared.dropouts++, scalars());
  }

  #nameOf(name: string): string {
    return this.path === '' ? name : `${this.path}.${name}`;
  }
}

/** Errors: `internal` if interceptors return something other than the whole parameter. */
function whole({ name, shape }: ParameterRecord, value: Tensor): Tensor {
  if (!sameShape(value.shape, shape))
    throw new AutomodelError(
      'internal',
      `reading ${name} gives ${formatShape(value.shape)}, but it is ${formatShape(shape)}: the ` +
        'interceptor that places a parameter must join it when it is read',
    );
  return value;
}
