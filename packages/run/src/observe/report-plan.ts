// What a report shows of a plan: the memory by its parts, and the time of a step.
import type { ReportPlan } from '@automodel/report';
import { perStep, type PlanReport } from '@automodel/train';

/** Labels of the parts of planned memory, in the order of a plan. */
const MEMORY = {
  parameters: 'weights',
  gradients: 'gradients',
  optimizer: 'optimizer states',
  otherStates: 'other states',
  activations: 'activations',
  gathered: 'gathered weights',
  unreduced: 'unreduced gradients',
  workspace: 'workspace',
  constants: 'constants',
  batch: 'batch',
  overhead: 'threads',
  checkpoint: 'copies for checkpoints',
  baseline: 'the process itself',
} as const satisfies Partial<Record<keyof PlanReport['memory'], string>>;

/** `microBatches`: of a step, on each process. */
export const planOf = ({ memory, programs }: PlanReport, microBatches: number): ReportPlan => ({
  peakBytes: memory.peak,
  memory: Object.entries(MEMORY).map(([part, label]) => ({
    label,
    bytes: memory[part as keyof typeof MEMORY],
  })),
  stepSeconds: perStep(programs, microBatches, ({ seconds }) => seconds),
});
