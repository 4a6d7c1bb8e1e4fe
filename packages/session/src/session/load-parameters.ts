// The parameters of a session: read from the tensors of a folder, together with those of an adapter
// and quantised if the base is, or drawn at random.
import { tensorEntry } from '@automodel/checkpoint';
import type { ParameterRecord } from '@automodel/contracts';
import { AutomodelError, type QuantizedFormat } from '@automodel/core';
import type { SessionAdapter } from '../adapter/session-adapter.js';
import { heldParameter, type HeldParameter } from '../memory/held-parameter.js';
import { matchWeights, type MatchedWeights, type StoredTensors } from '../memory/match-weights.js';
import { ParameterSet } from '../memory/parameter-set.js';
import { masterDType } from '../memory/precision.js';
import { quantizedWeights, type QuantizedWeight } from '../quantization/quantized-base.js';
import { WeightQuantizer } from '../quantization/weight-quantizer.js';
import { parameterRecords } from './parameter-records.js';
import type { CompleteOptions } from './session-options.js';
import { trainedParameters } from './trained-parameters.js';

export interface LoadedParameters {
  readonly parameters: ParameterSet;
  readonly matched: Pick<MatchedWeights, 'unused' | 'notes'>;
}

/** Decides how a parameter with dtype `stored` in its file is held. */
type Hold = (record: ParameterRecord, stored: HeldParameter['dtype']) => HeldParameter;

const holding = (options: CompleteOptions): Hold => {
  const trained = trainedParameters(options);
  return (record, stored) => heldParameter(record, stored, { ...options, trained });
};

/** Errors: see `matchWeights`. */
export async function loadParameters(
  options: CompleteOptions,
  tensors: StoredTensors,
  where: string,
): Promise<LoadedParameters> {
  const { adapter, backend, model, interceptors, parallelism } = options;
  const records = parameterRecords(model, interceptors);
  const own = (name: string): boolean =>
    adapter !== undefined &&
    (adapter.adapter.owns(name) || adapter.adapter.tables?.has(name) === true);
  const quantized =
    adapter?.quantization === undefined
      ? []
      : quantizedWeights(records, parameterRecords(model), adapter.quantization);
  const parts = new Set(quantized.flatMap((weight) => weight.parts.map(({ name }) => name)));
  const stored = records.filter(({ name }) => !own(name) && !parts.has(name));
  const matched = await matchWeights(
    model,
    [...stored, ...quantized.map(({ record }) => record)],
    // what the adapter has in place of one of the model's is neither missing nor left over
    new Map([...tensors].filter(([name]) => !own(name))),
    where,
  );
  const parameters = new ParameterSet(backend, parallelism);
  const hold = holding(options);
  try {
    if (adapter?.quantization !== undefined)
      await loadQuantized(parameters, options, adapter.quantization, { quantized, matched, hold });
    for (const [i, record] of records.entries()) {
      if (parts.has(record.name)) continue;
      if (adapter !== undefined && own(record.name))
        await loadOwn(parameters, adapter, record, { i, hold, options, tensors });
      else {
        const entry = matched.entries.get(record.name)!;
        await parameters.load(hold(record, entry.dtype), entry);
      }
    }
    return { parameters, matched };
  } catch (error) {
    parameters.close();
    throw error;
  }
}

interface OwnLoad {
  readonly i: number;
  readonly hold: Hold;
  readonly options: CompleteOptions;
  /** The model's. */
  readonly tensors: StoredTensors;
}

/** An adapter's own parameter: as it was saved, a copy of one of the model's, or new. */
async function loadOwn(
  parameters: ParameterSet,
  { adapter, tensors: saved, seed }: SessionAdapter,
  record: ParameterRecord,
  { i, hold, options, tensors }: OwnLoad,
): Promise<void> {
  const { name } = record;
  const start = adapter.owns(name) ? adapter.startsAs?.(name) : name;
  const stored =
    saved?.get(adapter.tables?.get(name) ?? adapter.storedName(name)) ??
    (start === undefined ? undefined : tensors.get(start));
  if (stored === undefined)
    return parameters.initialize(hold(record, masterDType(options.precision)), {
      seed,
      stream: i,
      standardDeviation: 0,
    });
  const entry = tensorEntry(stored);
  return parameters.load(hold(record, entry.dtype), entry);
}

interface QuantizedLoad {
  readonly quantized: readonly QuantizedWeight[];
  readonly matched: MatchedWeights;
  readonly hold: Hold;
}

/** Quantises weights, one after the other; every process does. */
async function loadQuantized(
  parameters: ParameterSet,
  { backend, parallelism }: CompleteOptions,
  format: QuantizedFormat,
  { quantized, matched, hold }: QuantizedLoad,
): Promise<void> {
  await using quantizer = new WeightQuantizer(backend, format, parallelism.host);
  for (const { record, parts } of quantized)
    await quantizer.quantize(
      matched.entries.get(record.name)!,
      parts.map(({ name, shape, dtype }) =>
        parameters.allocate(hold({ name, shape, initializer: 'zeros', dtype }, dtype)),
      ),
    );
}

/**
 * Random parameters: normal(0, initializer range), ones or zeros as the model says. Errors:
 * `unsupported` for a recorded graph, which does not say how they start.
 */
export function initialParameters(options: CompleteOptions, seed: number): LoadedParameters {
  const { backend, model, precision, interceptors, parallelism } = options;
  const { initializerRange } = model;
  if (initializerRange === undefined)
    throw new AutomodelError(
      'unsupported',
      'a recorded graph does not say how its parameters start',
      { location: model.batch.rectangle?.source, hint: 'start from trained weights' },
    );
  const parameters = new ParameterSet(backend, parallelism);
  const hold = holding(options);
  parameterRecords(model, interceptors).forEach((record, i) =>
    parameters.initialize(hold(record, masterDType(precision)), {
      seed,
      stream: i,
      standardDeviation: initializerRange,
    }),
  );
  return { parameters, matched: { unused: [], notes: [] } };
}
