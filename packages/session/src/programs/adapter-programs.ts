// Programs over an adapter and the frozen model below it that run outside training: initial values
// that a new adapter computes from the model, and weights with the adapter merged into them.
import type { Adapter, LinearModule } from '@automodel/contracts';
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
    const root = scopeBelow(t, adapter, settings);
    for (const module of adapter.modules)
      t.within(module.name, () =>
        initial(module, root).forEach(([parameter, value]) => t.output(parameter, value)),
      );
  });
}

/** Output: weight f32, the module's weight with the adapter merged into it. */
export function mergedWeightProgram(
  adapter: Adapter,
  module: LinearModule,
  settings: BaseSettings,
): Graph {
  return trace('merged_weight', (t) => {
    const root = scopeBelow(t, adapter, settings);
    t.within(module.name, () => t.output('weight', adapter.mergedWeight(module, root)));
  });
}
