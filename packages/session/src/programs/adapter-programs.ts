// Programs over an adapter and the frozen model below it that run outside training: initial values
// that a new adapter computes from the model, and weights with the adapter merged into them.
import type { Adapter, MergedTensor } from '@automodel/contracts';
import { trace, type Graph, type Trace } from '@automodel/core';
import { Scope } from '@automodel/nn';
import type { ProgramSettings } from './forward.js';

type BaseSettings = Pick<ProgramSettings, 'dtypeOf' | 'interceptors'>;

/** A scope that reads parameters through every interceptor but the adapter's own. */
const scopeBelow = (
  trace: Trace,
  { interceptor }: Adapter,
  { dtypeOf, interceptors = [] }: BaseSettings,
): Scope =>
  Scope.root(trace, { dtypeOf, interceptors: interceptors.filter((i) => i !== interceptor) });

/**
 * Outputs, in f32: the parameters of a new adapter that are computed from the model's, by name.
 * Undefined if there are none.
 */
export function initialAdapterProgram(adapter: Adapter, settings: BaseSettings): Graph | undefined {
  const { initial } = adapter;
  if (initial === undefined) return undefined;
  return trace('initial_adapter', (t) => {
    for (const [parameter, value] of initial(scopeBelow(t, adapter, settings)))
      t.output(parameter, value);
  });
}

/** Output: value f32, a tensor of the model with the adapter merged into it. */
export function mergedTensorProgram(
  adapter: Adapter,
  tensor: MergedTensor,
  settings: BaseSettings,
): Graph {
  return trace('merged_tensor', (t) => {
    const root = scopeBelow(t, adapter, settings);
    t.within(tensor.name, () => t.output('value', tensor.value(root)));
  });
}
