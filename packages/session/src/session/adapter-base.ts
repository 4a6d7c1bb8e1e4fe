// What adapters may attach to in a model: the linear modules that its forward pass calls, experts
// included, in that order, its embedding and its head, and everything it reads.
import type {
  AdapterBase,
  EmbeddingModule,
  Interceptor,
  LanguageModel,
  LinearModule,
} from '@automodel/contracts';
import { parameterRecords } from './parameter-records.js';

/** What adapters may attach to, as the model's forward pass calls it. */
export function adapterBase(model: LanguageModel): AdapterBase {
  const modules = new Map<string, LinearModule>();
  let embedding: EmbeddingModule | undefined;
  let head: LinearModule | undefined;
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
    embedding: ({ module, shape, next }) => {
      embedding = { name: module, shape };
      return next();
    },
    head: ({ module, shape, weight, next }) => {
      head = { name: module, inFeatures: shape[1], outFeatures: shape[0], weight, shape };
      return next();
    },
  };
  const parameters = parameterRecords(model, [listener]);
  return { modules: [...modules.values()], embedding, head, parameters };
}
