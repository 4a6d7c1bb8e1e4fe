// The linear modules of a model, as adapters may choose among them: what its forward pass calls, in the order of calling.
import type { Interceptor, LanguageModel, LinearModule } from '@automodel/contracts';
import { parameterRecords } from './model-session.js';

export function linearModules(model: LanguageModel): readonly LinearModule[] {
  const modules = new Map<string, LinearModule>();
  const listener: Interceptor = {
    linear: ({ module, x, outFeatures, next }) => {
      modules.set(module, { name: module, inFeatures: x.shape.at(-1)!, outFeatures });
      return next();
    },
  };
  parameterRecords(model, [listener]);
  return [...modules.values()];
}
