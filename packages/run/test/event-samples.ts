// Samples of every event of a run, for the tests of its JSON.
import { memory, program } from './plan-sample.js';
import { AutomodelError } from '@automodel/core';
import type { DatasetReport } from '@automodel/data';
import type { EventOf } from '../src/events/event-json.js';
import type { RunEvent } from '../src/index.js';
import { EARLY_STOPPING } from './early-stopping-sample.js';

const noRows = { count: 0, tokens: 0, first: [] };
export const report: DatasetReport = {
  rows: 3,
  samples: 2,
  tokens: 40,
  trainedTokens: 12,
  longest: 25,
  lengths: { shortest: 15, median: 15, p90: 25, p95: 25, p99: 25, longest: 25 },
  truncated: { count: 1, tokens: 5, first: [{ file: '/data/rows.jsonl', row: 2 }] },
  split: noRows,
  dropped: noRows,
  withoutEndOfTurn: noRows,
  withoutReasoning: noRows,
  withoutCalls: noRows,
  withoutMarks: noRows,
  markedInVain: noRows,
  spellsSpecialToken: noRows,
  seconds: 0.5,
  fromCache: false,
  notes: ['a damaged cache entry was made again'],
  mixture: [{ file: '/data/rows.jsonl', weight: 1, rows: 3, samples: 2, taken: 4, repeated: 2 }],
};
const answer = {
  prompt: 'Which?',
  expected: 'this',
  answer: 'that',
  correct: false,
  source: { file: '/data/held-out.jsonl', row: 1 },
};
/** Samples of each type of event; a type that is missing is a compile error. */
export const SAMPLES: { readonly [Type in RunEvent['type']]: readonly EventOf<Type>[] } = {
  download: [
    {
      type: 'download',
      repository: 'owner/model',
      file: 'model.safetensors',
      bytes: 10,
      totalBytes: 100,
      files: 3,
    },
  ],
  'hub-note': [{ type: 'hub-note', text: 'the copy on this machine is used' }],
  notes: [{ type: 'notes', notes: [{ key: 'dist_env', because: 'one process runs' }] }],
  dataset: [{ type: 'dataset', name: 'train', file: '/data/rows.jsonl', report }],
  preview: [
    {
      type: 'preview',
      examples: [
        { source: answer.source, pieces: [{ text: 'Hi', trained: true, tokenIds: [1, 2] }] },
      ],
    },
  ],
  model: [
    {
      type: 'model',
      modelType: 'qwen3',
      path: '/models/tiny',
      fromScratch: false,
      parameters: 1024,
      adapter: { name: 'lora', modules: ['model.layers.0.self_attn.q_proj'], parameters: 8 },
      precision: 'bf16',
      notes: ['lm_head.weight is tied'],
    },
    {
      type: 'model',
      modelType: 'qwen3',
      path: '/models/tiny',
      fromScratch: true,
      parameters: 1024,
      adapter: undefined,
      precision: 'f32',
      notes: [],
    },
  ],
  waiting: [
    { type: 'waiting', directory: '/out', process: 12, host: 'node-3', seconds: 24 },
    { type: 'waiting', directory: '/out', seconds: 30 },
  ],
  finished: [
    {
      type: 'finished',
      directory: '/out',
      base: 'base',
      steps: 12,
      metrics: '/out/metrics.jsonl',
      recipe: '/out/recipe.yaml',
      report: '/out/report.html',
      ending: { step: 11, epoch: 2, best: null, metricsBytes: 900, evaluated: false },
    },
  ],
  resumed: [{ type: 'resumed', path: '/out/epoch_0_step_1', step: 2, numericsChanged: true }],
  plan: [
    {
      type: 'plan',
      report: {
        device: 'a processor',
        precision: 'f32',
        memory,
        arenaByScope: [{ scope: 'model.layers.0', bytes: 64 }],
        programs: [program],
      },
      totalSteps: 10,
      stepsPerEpoch: 5,
      processes: 1,
    },
  ],
  'evaluation-progress': [
    { type: 'evaluation-progress', when: 'before', done: 1, total: 2, correct: 0 },
  ],
  evaluation: [
    {
      type: 'evaluation',
      when: 'after',
      total: 1,
      correct: 0,
      exactMatch: 0,
      scores: [{ name: 'f1', value: 0.5, labels: { yes: 0.5 } }],
      samples: [answer],
    },
    {
      type: 'evaluation',
      when: 'during',
      total: 1,
      correct: 0,
      exactMatch: undefined,
      scores: [],
      samples: [answer],
    },
  ],
  step: [
    {
      type: 'step',
      step: 0,
      epoch: 0,
      totalSteps: 10,
      loss: 2.5,
      gradientNorm: 0.75,
      learningRate: 2e-5,
      memoryGib: 1.5,
      tokensPerSecond: 100,
      tokens: 50,
      trainedTokens: 20,
      seconds: 0.5,
      dataWaitSeconds: 0,
    },
  ],
  'learning-rate': [{ type: 'learning-rate', learningRate: 0.01, points: [] }],
  'early-stopping': [EARLY_STOPPING],
  validation: [
    {
      type: 'validation',
      name: 'default',
      step: 4,
      epoch: 0,
      loss: 2.25,
      learningRate: 1e-5,
      trainedTokens: 20,
      memoryGib: 1.5,
    },
  ],
  'checkpoint-saved': [
    { type: 'checkpoint-saved', step: 4, epoch: 0, path: '/out/epoch_0_step_4', waitSeconds: 0.1 },
    {
      type: 'checkpoint-saved',
      step: 4,
      epoch: 0,
      path: '/out/epoch_0_step_4',
      waitSeconds: 0.1,
      problem: new AutomodelError('io', 'no space left on the disk', { location: '/out/LATEST' }),
    },
  ],
  'checkpoint-failed': [
    {
      type: 'checkpoint-failed',
      step: 4,
      epoch: 0,
      error: new AutomodelError('io', 'no space left on the disk', {
        location: '/out',
        hint: 'free some space',
      }),
    },
  ],
  saved: [
    {
      type: 'saved',
      directory: '/out',
      base: '/models/tiny',
      files: ['adapter_config.json'],
      metrics: '/out/metrics.jsonl',
      recipe: '/out/recipe.yaml',
    },
  ],
  exported: [
    {
      type: 'exported',
      to: 'gguf',
      result: {
        path: '/out.gguf',
        files: ['/out.gguf'],
        notes: [],
        checks: ['logits agree'],
        command: 'llama-cli -m /out.gguf',
      },
    },
  ],
  tracker: [
    { type: 'tracker', name: 'wandb', location: 'https://example.org/run' },
    { type: 'tracker', name: 'report', problem: 'cannot be written' },
  ],
  report: [{ type: 'report', path: '/out/report.html' }],
  profile: [
    {
      type: 'profile',
      path: '/traces/trace.json',
      summary: {
        device: 'a processor',
        threads: 2,
        steps: [1, 2],
        stepSeconds: 0.5,
        kernelSeconds: 0.25,
        byProgram: [
          {
            name: 'micro',
            seconds: 0.25,
            share: 1,
            flopsPerSecond: 36,
            bytesPerSecond: 8,
            rooflineShare: 0.75,
          },
        ],
        byOp: [{ name: 'matmul', seconds: 0.25, share: 1 }],
        byModule: [],
        byLayer: [],
      },
    },
    { type: 'profile', path: '/traces/trace.json', problem: 'no step was measured' },
  ],
  done: [
    {
      type: 'done',
      reason: 'aborted',
      steps: 0,
      seconds: 0.5,
      saveWaitSeconds: 0,
      dataWaitSeconds: 0,
      loss: undefined,
    },
  ],
};
