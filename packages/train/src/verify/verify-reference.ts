// Computes what a reference file contains for a model folder and compares: logits, loss, gradients,
// a ten-step training curve, greedy tokens and next-token losses.
// It runs the same programs as training, evaluation and generation, but without dropout.
import { HuggingFaceFolder } from '@automodel/checkpoint';
import type { Backend, LanguageModel, Parallelism } from '@automodel/contracts';
import {
  type CompileOptions,
  ModelSession,
  type Precision,
  type SessionAdapter,
} from '@automodel/session';
import { TrainingStep } from '../step/training-step.js';
import { adamw } from '../optimizers/adamw.js';
import { compareGreedyTokens, compareLogits, compareNextTokenLoss } from './forward-checks.js';
import { compareCurve, compareGradients } from './training-checks.js';
import { OwnValues } from './own-values.js';
import { labelsOfRank, referenceBatch, type PaddedRows } from './reference-batch.js';
import { ReferenceFile } from './reference-file.js';
import { tolerancesFor } from './tolerances.js';
import { CURVE, type Verification } from './verification.js';
import { verdictOf, type TensorCheck, type VerificationReport } from './verification-report.js';

/** How the folder is opened and compared. */
export interface VerifyOptions extends CompileOptions {
  readonly backend: Backend;
  /** Makes the model from the folder's config.json. */
  readonly createModel: (config: Readonly<Record<string, unknown>>) => LanguageModel;
  /** Default f32; with others only losses are compared. */
  readonly precision?: Precision | undefined;
  /** On top of the folder's model; gradients and curves are then the adapter's. */
  readonly adapter?: SessionAdapter | undefined;
  /** How processes share the model and the rows of the batch. Default: one process. */
  readonly parallelism?: Parallelism | undefined;
  /** A new file for the inputs and the values computed here, under the reference's names. */
  readonly dump?: string | undefined;
}

const TRAINING = /^(grad|final|curve)\./;

/** Errors: those of opening the model and the reference. Differences are in the report. */
export async function verifyReference(
  folderPath: string,
  referencePath: string,
  options: VerifyOptions,
): Promise<VerificationReport> {
  const precision = options.precision ?? 'f32';
  const folder = await HuggingFaceFolder.open(folderPath);
  const reference = await ReferenceFile.open(referencePath);
  const model = options.createModel(folder.config);
  const trains = precision === 'bf16_pure' || reference.names.some((name) => TRAINING.test(name));
  const session = await ModelSession.load(
    { ...options, model, precision, trainable: () => trains, dropout: false },
    folder.weights.tensors,
    folder.path,
  );
  try {
    const step = new TrainingStep(session, {
      optimizer: adamw({ betas: CURVE.betas, eps: CURVE.eps }),
      maxNorm: CURVE.maxNorm,
    });
    const own = new OwnValues();
    const rows = reference.has('input_ids') ? await readRows(reference) : undefined;
    const ranks = session.parallelism.mesh.data;
    const batch = rows && referenceBatch(model, rows, reference.path);
    const ownBatch =
      rows === undefined || ranks.size === 1
        ? batch
        : referenceBatch(model, { ...rows, labels: labelsOfRank(rows, ranks) }, reference.path);
    const tolerances = await tolerancesFor(folder.path, precision);
    const checks = await runChecks({
      session,
      step,
      reference,
      tolerances,
      own,
      batch,
      ownBatch,
      parameterOf: parameterNames(session, options.adapter),
      full: precision === 'f32',
    });
    if (options.dump !== undefined && session.parallelism.host.rank === 0)
      await own.write(options.dump, reference);
    return {
      folder: folder.path,
      reference: reference.path,
      precision,
      verdict: verdictOf(checks),
      checks,
    };
  } finally {
    await session.close();
  }
}

/**
 * Finds parameters by their names in the reference. It names an adapter's parameters as in the
 * adapter's file, or as PEFT's modules do: there DoRA's magnitude ends in `.weight` too.
 */
function parameterNames(
  { parameters }: ModelSession,
  own: SessionAdapter | undefined,
): (name: string) => string {
  if (own === undefined) return (name) => name;
  const names = new Map(
    parameters.all
      .filter(({ name }) => own.adapter.owns(name))
      .flatMap(({ name }) => [
        [own.adapter.storedName(name), name],
        [`${own.adapter.storedName(name)}.weight`, name],
      ]),
  );
  return (name) => names.get(name) ?? name;
}

async function readRows(reference: ReferenceFile): Promise<PaddedRows> {
  const optional = async (name: string) =>
    reference.has(name) ? reference.integerMatrix(name) : undefined;
  return {
    inputIds: await reference.integerMatrix('input_ids'),
    attentionMask: await optional('attention_mask'),
    labels: await optional('labels'),
  };
}

/** The curve comes last: it changes the weights. */
async function runChecks(v: Verification): Promise<TensorCheck[]> {
  const checks = [
    await compareLogits(v),
    await compareNextTokenLoss(v),
    ...(await compareGradients(v)),
    await compareGreedyTokens(v),
    ...(await compareCurve(v)),
  ].filter((c) => c !== undefined);
  const known = new Set([
    ...checks.map((c) => c.name),
    'input_ids',
    'attention_mask',
    'labels',
    'nll_input_ids',
    'generate.prompt',
  ]);
  const unknown = v.reference.names.filter((name) => !known.has(name));
  return [
    ...checks,
    ...unknown.map((name): TensorCheck => ({
      name,
      status: 'cannot-check',
      note: 'the model has no such parameter, or the reference lacks the inputs for it',
    })),
  ];
}
