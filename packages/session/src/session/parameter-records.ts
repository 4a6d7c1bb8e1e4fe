// The parameters of a model as its forward pass reads them.
import type { Interceptor, LanguageModel, ParameterRecord } from '@automodel/contracts';
import { leastCapacity } from '../batch/batch-inputs.js';
import { forwardGraph } from '../programs/forward.js';

/** Every parameter the model reads, in the order of reading. */
export function parameterRecords(
  model: LanguageModel,
  interceptors: readonly Interceptor[] = [],
): readonly ParameterRecord[] {
  return forwardGraph(
    'parameters',
    { model, compute: 'f32', dtypeOf: () => 'f32', interceptors, fuse: false },
    leastCapacity(model),
    () => undefined,
  ).parameters;
}
