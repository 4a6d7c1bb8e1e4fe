// Finds out why a step was not finite: its micro-batches run again on the same weights (the update
// wrote nothing), the results of every op are scanned, and the error names the first bad value with
// its op, module and documents. A normal step pays nothing for this.
import {
  locationOf,
  type GlobalBatch,
  type MicroBatch,
  type PlacedDocument,
} from '@automodel/data';
import { AutomodelError, type PlanStep } from '@automodel/core';
import type { NonFinite } from '@automodel/contracts';
import type { MicroOptions, TrainingStep, UpdateResult } from '../step/training-step.js';

const SHOWN = 8;

/** The error that ends the run. `step` counts from 0. */
export async function diagnoseNonFinite(
  training: TrainingStep,
  batch: GlobalBatch,
  step: number,
  result: UpdateResult & { readonly draw: (micro: number) => MicroOptions['draw'] },
): Promise<AutomodelError> {
  const what = Number.isFinite(result.loss)
    ? `gradient norm is ${result.gradientNorm}`
    : `loss is ${result.loss}`;
  for (let i = 0; i < batch.microBatches; i++) {
    const micro = batch.microBatch(i);
    const last = i === batch.microBatches - 1;
    const { nonFinite } = await training.micro(micro, {
      scale: 1 / batch.trainedTokens,
      first: i === 0,
      last,
      scan: true,
      draw: result.draw(i),
    });
    if (nonFinite !== undefined) {
      const { plan } = await training.microProgram(micro.capacity, last);
      const planStep = plan.steps[nonFinite.step]!;
      return stopped(
        step,
        `${what}; the first value that is not finite is ${describe(nonFinite, planStep)}, in ` +
          `${rows(micro, nonFinite, planStep)}`,
      );
    }
  }
  return stopped(
    step,
    `${what}, although every value before it is finite: the gradients overflow when they are ` +
      'added up',
  );
}

const stopped = (step: number, message: string): AutomodelError =>
  new AutomodelError('not-finite', `step ${step}: ${message}`, {
    hint:
      'this step wrote nothing; lower the learning rate, or look at the rows named (bf16 weights ' +
      'need lower rates than f32)',
  });

function describe({ output, element, value }: NonFinite, step: PlanStep): string {
  const which = step.outputs.length > 1 ? `result ${output} of ${step.op}` : step.op;
  return (
    `${value} in ${which}${step.scope === '' ? '' : ` of ${step.scope}`} (${step.phase}), ` +
    `element ${element}`
  );
}

/**
 * The document of the bad row if the result has one row per token, otherwise all documents of the
 * micro-batch.
 */
function rows(micro: MicroBatch, { output, element }: NonFinite, step: PlanStep): string {
  const shape = step.outputs[output]?.shape ?? [];
  const { token: tokens } = micro.capacity;
  const row =
    shape[0] === tokens
      ? Math.floor(element / shape.slice(1).reduce((a, b) => a * b, 1))
      : undefined;
  const holds = ({ start, inputIds }: PlacedDocument): boolean =>
    row !== undefined && row >= start && row < start + inputIds.length;
  const found = micro.documents.filter(holds);
  const named = found.length > 0 ? found : micro.documents;
  return (
    named
      .slice(0, SHOWN)
      .map((d) => locationOf(d.source))
      .join(', ') + (named.length > SHOWN ? ` and ${named.length - SHOWN} more rows` : '')
  );
}
