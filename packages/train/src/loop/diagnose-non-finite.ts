// Finds out why a step was not finite: its micro-batches run again on the same weights (the update
// wrote nothing, or with the optimizer in the backward pass what was finite), the results of every
// op are scanned, and the error names the first bad value with its op, module and documents, and
// its process if there are several. A normal step pays nothing.
import {
  locationOf,
  type GlobalBatch,
  type MicroBatch,
  type PlacedDocument,
} from '@automodel/data';
import { AutomodelError, type PlanStep } from '@automodel/core';
import type { HostGroup, NonFinite } from '@automodel/contracts';
import type { MicroOptions, UpdateResult } from '../step/training-options.js';
import type { TrainingStep } from '../step/training-step.js';

const SHOWN = 8;

/** What one process found: where in its step, and in words. */
interface Found {
  readonly micro: number;
  /** Of the plan. */
  readonly step: number;
  readonly text: string;
}

/** A step that was not finite, as this process sees it. */
export interface FailedStep extends Pick<UpdateResult, 'loss' | 'gradientNorm'> {
  /** Counts from 0. */
  readonly step: number;
  readonly batch: GlobalBatch;
  readonly draw: (micro: number) => MicroOptions['draw'];
}

/** The error that ends the run, the same in all of its processes. */
export async function diagnoseNonFinite(
  training: TrainingStep,
  failed: FailedStep,
  host: HostGroup,
): Promise<AutomodelError> {
  const what = Number.isFinite(failed.loss)
    ? `gradient norm is ${failed.gradientNorm}`
    : `loss is ${failed.loss}`;
  const written = training.optimizerInBackward && Number.isFinite(failed.loss);
  const found = await earliest(await firstNonFinite(training, failed, host.size > 1), host);
  return stopped(
    { step: failed.step, written },
    found === undefined
      ? `${what}, although every value before it is finite: the gradients overflow when they are ` +
          'added up'
      : `${what}; the first value that is not finite is ${found}`,
  );
}

/** `toTheEnd`: other processes wait in the collectives of every micro-batch. */
async function firstNonFinite(
  training: TrainingStep,
  { batch, draw }: FailedStep,
  toTheEnd: boolean,
): Promise<Found | undefined> {
  let found: Found | undefined;
  for (let i = 0; i < batch.microBatches && (found === undefined || toTheEnd); i++) {
    const micro = batch.microBatch(i);
    const last = i === batch.microBatches - 1;
    const { nonFinite } = await training.micro(micro, {
      scale: 1 / batch.trainedTokens,
      first: i === 0,
      last,
      scan: true,
      draw: draw(i),
    });
    if (nonFinite === undefined || found !== undefined) continue;
    const { plan } = await training.microProgram(micro.capacity, last);
    const planStep = plan.steps[nonFinite.step]!;
    const text = `${describe(nonFinite, planStep)}, in ${rows(micro, nonFinite, planStep)}`;
    found = { micro: i, step: nonFinite.step, text };
  }
  return found;
}

/** What was found first in the order of the step, by whom if there are several processes. */
async function earliest(own: Found | undefined, host: HostGroup): Promise<string | undefined> {
  if (host.size === 1) return own?.text;
  const all = (await host.exchange(JSON.stringify(own ?? null))).map((text, rank) => ({
    rank,
    found: JSON.parse(text) as Found | null,
  }));
  const [first] = all
    .flatMap(({ rank, found }) => (found === null ? [] : [{ rank, ...found }]))
    .sort((a, b) => a.micro - b.micro || a.step - b.step || a.rank - b.rank);
  return first && `on rank ${first.rank}, ${first.text}`;
}

/** `written`: a part of the weights was updated before it was seen. */
const stopped = (
  { step, written }: { readonly step: number; readonly written: boolean },
  message: string,
): AutomodelError =>
  new AutomodelError('not-finite', `step ${step}: ${message}`, {
    hint:
      (written
        ? 'this step has updated a part of the weights, so go on from the last checkpoint; '
        : 'this step wrote nothing; ') +
      'lower the learning rate, or look at the rows named (bf16 weights need lower rates than f32)',
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
