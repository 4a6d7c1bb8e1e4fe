// A model of linear modules alone, as an adapter sees it.
import type { AdapterBase, LinearModule } from '@automodel/contracts';

export const baseOf = (modules: readonly LinearModule[]): AdapterBase => ({
  modules,
  parameters: modules.map(({ weight, shape }) => ({ name: weight, shape })),
});
