import { expect, test } from 'vitest';
import { renderResult } from '../src/render/run-result.js';
import type { RunSummary } from '../src/render/run-summary.js';
import { style } from '../src/terminal/style.js';

const ended = (steps: number, more: Partial<RunSummary> = {}, startsByItself = false): string[] =>
  renderResult(
    {
      validation: new Map(),
      evaluation: new Map(),
      done: {
        type: 'done',
        reason: 'aborted',
        steps,
        seconds: 2,
        saveWaitSeconds: steps > 3 ? 1.5 : 0,
        dataWaitSeconds: 0,
        loss: undefined,
      },
      ...more,
    },
    style(false),
    { command: 'npx automodel finetune r.yaml', startsByItself },
  ).filter((line) => line !== '');

test(
  'a stopped run says how to go on: from its checkpoint, from the one it came from, or from ' +
    'the beginning',
  () => {
    expect(
      ended(3, { stoppedAt: '/out/epoch_0_step_2', resumedFrom: '/out/epoch_0_step_1' }),
    ).toEqual([
      'stopped after 3 steps in 2.0 s',
      'the model so far is in /out/epoch_0_step_2',
      'next: npx automodel finetune r.yaml --resume latest',
    ]);
    expect(ended(0, { resumedFrom: '/my out/epoch_0_step_1' })).toEqual([
      'stopped after 0 steps in 2.0 s',
      'nothing was trained since the checkpoint',
      "next: npx automodel finetune r.yaml --resume '/my out/epoch_0_step_1'",
    ]);
    expect(ended(0)).toEqual([
      'stopped after 0 steps in 2.0 s',
      'nothing was trained yet; the same command starts the run again',
      'next: npx automodel finetune r.yaml',
    ]);
    expect(ended(5)).toEqual([
      'stopped after 5 steps in 2.0 s, waited 1.5 s for checkpoints',
      'nothing is saved: checkpoint.enabled is false',
    ]);
  },
);

test('a run that starts by itself is gone on with by the same words', () => {
  for (const more of [{ stoppedAt: '/out/epoch_0_step_2' }, { resumedFrom: '/out/x' }, {}])
    expect(ended('stoppedAt' in more ? 3 : 0, more, true).at(-1)).toBe(
      'next: npx automodel finetune r.yaml --resume auto',
    );
});

test('a run that is started again after its end says so, and where its result is', () => {
  const finishedBefore = {
    type: 'finished',
    directory: 'out',
    steps: 12,
    metrics: 'out/metrics.jsonl',
    recipe: 'out/recipe.yaml',
    report: 'out/report.html',
  } as const;
  const told = [
    'the run is finished after 12 steps: nothing is left to train',
    'model    out',
    'metrics  out/metrics.jsonl',
    'recipe   out/recipe.yaml',
    'next: npx automodel generate --model out --prompt Hello',
  ];
  const done: RunSummary['done'] = {
    type: 'done',
    reason: 'finished',
    steps: 0,
    seconds: 0,
    saveWaitSeconds: 0,
    dataWaitSeconds: 0,
    loss: undefined,
  };
  expect(ended(0, { finishedBefore, done }, true)).toEqual([...told, 'report   out/report.html']);
  // it was stopped again while it made up for its evaluation
  expect(ended(0, { finishedBefore }, true)).toEqual([
    ...told,
    'the result is saved, but not evaluated or exported yet',
    'next: npx automodel finetune r.yaml --resume auto',
    'report   out/report.html',
  ]);
});
