// A run of four steps whose answers become better.
import type { ReportData, ReportStep } from '../src/index.js';

export const steps = (count: number): ReportStep[] =>
  Array.from({ length: count }, (_, step) => ({
    step,
    loss: 4 / (step + 1),
    gradientNorm: 1,
    learningRate: 1e-4,
    tokensPerSecond: 1000 + step,
    memoryGib: 0.5,
  }));

export const data: ReportData = {
  name: 'out',
  status: 'finished',
  startedAt: new Date(0),
  updatedAt: new Date(90_000),
  trainingSeconds: 6,
  totalSteps: 4,
  stepsPerEpoch: 2,
  model: { type: 'qwen3', path: 'base', parameters: 920_000, precision: 'f32', fromScratch: false },
  datasets: [{ name: 'train', file: 'train.jsonl', rows: 10, tokens: 1000, trainedTokens: 400 }],
  steps: steps(4),
  validations: [
    { name: 'default', step: 1, loss: 2.5 },
    { name: 'code', step: 3, loss: 1.5 },
  ],
  evaluations: [
    {
      steps: 0,
      total: 8,
      correct: 0,
      exactMatch: 0,
      samples: [{ prompt: 'hello', expected: 'world', answer: 'what?', correct: false }],
    },
    {
      steps: 4,
      total: 8,
      correct: 6,
      exactMatch: 0.75,
      samples: [{ prompt: 'hello', expected: 'world', answer: 'world', correct: true }],
    },
  ],
  plan: { peakBytes: 2 ** 30, memory: [{ label: 'weights', bytes: 2 ** 28 }], stepSeconds: 0.5 },
  stepSeconds: 1.5,
  recipe: 'seed: 1\n',
  environment: { node: 'v20' },
  notes: [],
  saved: [{ what: 'model', path: 'out' }],
  nextCommand: 'npx automodel generate --model out',
};
