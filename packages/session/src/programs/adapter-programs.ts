// Programs over an adapter and the frozen model below it that run outside training: what a new
// adapter takes over from the model, and weights with the adapter's part in them.
import type { Adapter, LinearModule } from '@automodel/contracts';
import { trace, type DType, type Graph } from '@automodel/core';
import { Scope } from '@automodel/nn';

/** Sets the parameters of a new adapter that follow from the model's; undefined where none does. */
export function initialAdapterProgram(
  adapter: Adapter,
  dtypeOf: (name: string) => DType,
): Graph | undefined {
  const { initial } = adapter;
  if (initial === undefined) return undefined;
  return trace('initial_adapter', (t) => {
    const root = Scope.root(t, { dtypeOf });
    for (const module of adapter.modules)
      t.within(module.name, () =>
        initial(module, root).forEach(([parameter, value]) => t.assign(parameter, value)),
      );
  });
}

/** Output: weight f32, the module's weight with the adapter merged into it. */
export function mergedWeightProgram(
  adapter: Adapter,
  module: LinearModule,
  dtypeOf: (name: string) => DType,
): Graph {
  return trace('merged_weight', (t) => {
    const root = Scope.root(t, { dtypeOf });
    t.within(module.name, () => t.output('weight', adapter.mergedWeight(module, root)));
  });
}
