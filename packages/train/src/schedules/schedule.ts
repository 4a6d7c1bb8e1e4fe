// Learning rate and weight decay as functions of the step: NeMo's OptimizerParamScheduler (after
// Megatron-LM's). Steps count finished updates: the first update runs with `at(0)`.
import { AutomodelError } from '@automodel/core';

/** Shape of the learning rate after the warm-up. */
export type DecayStyle = 'constant' | 'linear' | 'cosine' | 'inverse-square-root' | 'WSD';
/** Shape of the last decay of WSD (warm-up, stable, decay; Hu et al. 2024). */
export type WsdDecayStyle = 'linear' | 'cosine' | 'exponential' | 'minus_sqrt';

/** The names are NeMo's. Null and absent mean the default. */
export interface ScheduleOptions {
  /** The optimizer's learning rate. */
  readonly lr: number;
  readonly weightDecay: number;
  /** Optimizer steps of the whole run. */
  readonly totalSteps: number;
  /** Default cosine. */
  readonly lrDecayStyle?: DecayStyle | undefined;
  /** Default min(1000, a tenth of all steps). */
  readonly lrWarmupSteps?: number | null | undefined;
  /** Step at which minLr is reached; default all steps. */
  readonly lrDecaySteps?: number | null | undefined;
  /** Default 0.1 lr. */
  readonly initLr?: number | null | undefined;
  /** Default lr. */
  readonly maxLr?: number | null | undefined;
  /** Default 0.01 lr. */
  readonly minLr?: number | null | undefined;
  readonly wsdDecaySteps?: number | null | undefined;
  /** Default exponential. */
  readonly lrWsdDecayStyle?: WsdDecayStyle | undefined;
  /** Default weightDecay, both. */
  readonly startWd?: number | null | undefined;
  readonly endWd?: number | null | undefined;
  /** Default all steps. */
  readonly wdIncrSteps?: number | null | undefined;
  /** Default constant. */
  readonly wdIncrStyle?: 'constant' | 'linear' | 'cosine' | undefined;
}

/** What one update is made with. */
export interface Rates {
  readonly learningRate: number;
  readonly weightDecay: number;
}

/** Rates after `step` finished updates. */
export interface Schedule {
  at(step: number): Rates;
}

/** The schedule of a run without a schedule section. */
export const constantSchedule = (learningRate: number, weightDecay: number): Schedule => ({
  at: () => ({ learningRate, weightDecay }),
});

/**
 * NeMo's schedule. Errors: warm-up that does not end before the decay, bounds in the wrong order,
 * WSD without decay steps.
 */
export function optimizerParamSchedule(options: ScheduleOptions): Schedule {
  const learningRate = learningRateOf(options);
  const weightDecay = weightDecayOf(options);
  return { at: (step) => ({ learningRate: learningRate(step), weightDecay: weightDecay(step) }) };
}

/** Steps that rates depend on, stated or from the length of the run; undefined: on none. */
export interface ScheduleLengths {
  readonly lrWarmupSteps: number;
  readonly lrDecaySteps: number | undefined;
  readonly wdIncrSteps: number | undefined;
}

export const scheduleLengths = ({
  totalSteps,
  lrDecayStyle = 'cosine',
  lrWarmupSteps,
  lrDecaySteps,
  wdIncrSteps,
  wdIncrStyle = 'constant',
}: ScheduleOptions): ScheduleLengths => ({
  lrWarmupSteps: lrWarmupSteps ?? Math.min(1000, Math.floor(totalSteps / 10)),
  lrDecaySteps: lrDecayStyle === 'constant' ? undefined : (lrDecaySteps ?? totalSteps),
  wdIncrSteps: wdIncrStyle === 'constant' ? undefined : (wdIncrSteps ?? totalSteps),
});

const refuse = (message: string): never => {
  throw new AutomodelError('bad-argument', `learning rate schedule: ${message}`);
};

const halfCosine = (ratio: number): number => 0.5 * (Math.cos(Math.PI * ratio) + 1);

function learningRateOf(options: ScheduleOptions): (step: number) => number {
  const { lr, totalSteps, lrDecayStyle: style = 'cosine' } = options;
  const { lrWarmupSteps: warmup, lrDecaySteps: decaySteps = options.lrDecaySteps ?? totalSteps } =
    scheduleLengths(options);
  const [initLr, maxLr, minLr] = [
    options.initLr ?? 0.1 * lr,
    options.maxLr ?? lr,
    options.minLr ?? 0.01 * lr,
  ];
  if (minLr > maxLr || initLr > maxLr)
    refuse(`init_lr ${initLr} and min_lr ${minLr} must not be above max_lr ${maxLr}`);
  if (warmup >= decaySteps)
    refuse(`${warmup} warm-up steps do not end before the decay of ${decaySteps} steps does`);
  const wsd = style === 'WSD' ? wsdCoefficient(options, decaySteps) : undefined;
  return (step) => {
    if (warmup > 0 && step <= warmup) return initLr + ((maxLr - initLr) * step) / warmup;
    if (style === 'constant') return maxLr;
    if (step > decaySteps) return minLr;
    if (style === 'inverse-square-root')
      return Math.max(
        minLr,
        (maxLr * Math.sqrt(Math.max(warmup, 1))) / Math.sqrt(Math.max(step, 1)),
      );
    const ratio = (step - warmup) / (decaySteps - warmup);
    const decayed = style === 'linear' ? 1 - ratio : halfCosine(ratio);
    return minLr + (wsd === undefined ? decayed : wsd(step)) * (maxLr - minLr);
  };
}

/** 1 until the last `wsdDecaySteps`, then down to 0. */
function wsdCoefficient(
  { wsdDecaySteps, lrWsdDecayStyle: style = 'exponential' }: ScheduleOptions,
  decaySteps: number,
): (step: number) => number {
  const length = wsdDecaySteps ?? refuse('WSD needs wsd_decay_steps');
  return (step) => {
    const ratio = (step - (decaySteps - length)) / length;
    if (ratio <= 0) return 1;
    switch (style) {
      case 'linear':
        return 1 - ratio;
      case 'cosine':
        return halfCosine(ratio);
      case 'exponential':
        return 2 * 0.5 ** ratio - 1;
      case 'minus_sqrt':
        return 1 - Math.sqrt(ratio);
    }
  };
}

function weightDecayOf(options: ScheduleOptions): (step: number) => number {
  const { weightDecay, wdIncrStyle: style = 'constant' } = options;
  const [start, end] = [options.startWd ?? weightDecay, options.endWd ?? weightDecay];
  const { wdIncrSteps: steps = 0 } = scheduleLengths(options);
  if (style === 'constant' && start !== end)
    refuse(`a constant weight decay cannot go from ${start} to ${end}`);
  return (step) => {
    if (style === 'constant' || step > steps || steps === 0) return end;
    const ratio = step / steps;
    return start + (style === 'linear' ? ratio : halfCosine(1 - ratio)) * (end - start);
  };
}
