// What a report shows of a run of one step.
import type { ReportData } from '@automodel/run';

export const reportSample = (): ReportData => ({
  name: 'sample-run',
  status: 'running',
  startedAt: new Date(0),
  updatedAt: new Date(1000),
  totalSteps: 2,
  stepsPerEpoch: 2,
  model: undefined,
  datasets: [],
  steps: [
    { step: 0, loss: 2, gradientNorm: 1, learningRate: 1e-4, tokensPerSecond: 100, memoryGib: 1 },
  ],
  validations: [],
  evaluations: [],
  plan: undefined,
  stepSeconds: 1,
  recipe: 'seed: 1\n',
  environment: {},
  notes: [],
  saved: [],
  nextCommand: undefined,
});
