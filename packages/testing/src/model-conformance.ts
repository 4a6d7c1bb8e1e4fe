// Holds a model family to reference tensors computed by another implementation: logits, loss,
// gradients, a training curve and greedy tokens of a folder, through the programs that training and
// generation use. For authors of model packages; knows no test runner.
import { join } from 'node:path';
import type { Backend, ModelPlugin } from '@automodel/contracts';
import { verifyReference, type TensorCheck } from '@automodel/train';
import { type Precision } from '@automodel/session';
import { referenceBackend } from './reference-backend.js';

/** What computes, and with which reference. */
export interface ModelConformanceOptions {
  /** Default: the reference backend, which shows that the model is right whatever kernels do. */
  readonly backend?: Backend | undefined;
  /** Default: golden.safetensors in the folder. */
  readonly reference?: string | undefined;
  readonly precision?: Precision | undefined;
}

/**
 * Every tensor of the reference and how this implementation compares. Plans are verified on the
 * way. Errors: the folder or the reference cannot be opened.
 */
export async function modelConformance(
  plugin: ModelPlugin,
  folder: string,
  options: ModelConformanceOptions = {},
): Promise<readonly TensorCheck[]> {
  const {
    backend = referenceBackend(),
    reference = join(folder, 'golden.safetensors'),
    precision,
  } = options;
  const report = await verifyReference(folder, reference, {
    backend,
    precision,
    createModel: (config) => plugin.create(config),
    verifyPlans: true,
  });
  return report.checks;
}

/**
 * The checks that failed, as lines for an assertion: name, error, tolerance. `not-compared` is not
 * a failure.
 */
export const conformanceFailures = (checks: readonly TensorCheck[]): string[] =>
  checks
    .filter((c) => c.status === 'differs' || c.status === 'cannot-check')
    .map(
      (c) => `${c.name}: ${c.note ?? `error ${String(c.error)}, tolerance ${String(c.tolerance)}`}`,
    );
