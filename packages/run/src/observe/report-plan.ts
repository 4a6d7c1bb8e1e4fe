// What a report shows of a plan: the memory by its parts, and the time of a step.
import type { ReportPlan } from '@automodel/report';
import type { PlanReport } from '@automodel/train';

/** Labels of the parts of planned memory, in the order of a plan. */
const MEMORY = {
  parameters: 'weights',
  gradients: 'gradients',
  optimizer: 'optimizer states',
  otherStates: 'other states',
  activations: 'activations',
  workspace: 'workspace',
  constants: 'constants',
  batch: 'batch',
  overhead: 'threads',
  checkpoint: 'copies for checkpoints',
  baseline: 'the process itself',
} as const satisfies Partial<Record<keyof PlanReport['memory'], string>>;

/** `microBatches`: how often the micro program runs in a step. */
export const planOf = ({ memory, programs }: PlanReport, microBatches: number): ReportPlan => ({
  peakBytes: memory.peak,
  memory: Object.entries(MEMORY).map(([part, label]) => ({
    label,
    bytes: memory[part as keyof typeof MEMORY],
  })),
  stepSeconds: programs.reduce(
    (sum, { name, seconds }) => sum + seconds * (name === 'micro' ? microBatches : 1),
    0,
  ),
});
