// The linear modules of a model, experts included, that adapters may choose from: those that its
// forward pass calls, in that order.
import type { Interceptor, LanguageModel, LinearModule } from '@automodel/contracts';
import { parameterRecords } from './parameter-records.js';

/** The linear modules that the model's forward pass calls, in that order. */
export function linearModules(model: LanguageModel): readonly LinearModule[] {
  const modules = new Map<string, LinearModule>();
  const listener: Interceptor = {
    linear: ({ module, x, outFeatures, next }) => {
      const inFeatures = x.shape.at(-1)!;
      modules.set(module, {
        name: module,
        inFeatures,
        outFeatures,
        weight: `${module}.weight`,
        shape: [outFeatures, inFeatures],
      });
      return next();
    },
    groupedLinear: ({ weight, x, shape: { count, outFeatures, transposed }, next }) => {
      const inFeatures = x.shape.at(-1)!;
      modules.set(weight, {
        name: weight,
        inFeatures,
        outFeatures,
        weight,
        shape: transposed ? [count, inFeatures, outFeatures] : [count, outFeatures, inFeatures],
        experts: { count, transposed },
      });
      return next();
    },
  };
  parameterRecords(model, [listener]);
  return [...modules.values()];
}
