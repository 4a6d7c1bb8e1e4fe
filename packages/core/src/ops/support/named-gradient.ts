// What the gradient rule of an op sees, under the names of its operands and outputs.
import type { Attributes } from '../../graph/graph.js';
import type { Tensor } from '../../tensor/tensor.js';
import type { Named, Partly } from './name-list.js';

/** The adjoint of the only output is always there; of several, those that something depends on. */
type Adjoints<O extends readonly string[]> = O extends readonly [infer N extends string]
  ? Named<N, Tensor>
  : Partly<O[number], Tensor>;

/** What a gradient rule sees. `needs` says which operands want an adjoint. */
export interface NamedGradientContext<
  I extends string,
  O extends readonly string[],
  A extends Attributes,
> {
  readonly operands: Named<I, Tensor>;
  readonly outputs: Named<O[number], Tensor>;
  readonly gradients: Adjoints<O>;
  readonly needs: Named<I extends `${infer N}?` ? N : I, boolean>;
  readonly attrs: A;
}
