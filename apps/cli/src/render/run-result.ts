// The end of a run: what it reached, generations before and after, where everything is, and what to
// type next.
import { shellWord } from '@automodel/core';
import {
  generateCommand,
  GREETING,
  type EvaluationEvent,
  type ExamplePrompt,
  type FinishedEvent,
  type MetricScore,
  type SavedEvent,
} from '@automodel/run';
import type { DoneEvent } from '@automodel/train';
import type { Style } from '../terminal/style.js';
import { renderExport } from './export-result.js';
import { peakText } from './peak-text.js';
import { profileAsJson } from './profile-table.js';
import type { RunSummary } from './run-summary.js';
import { labelRows, metricLabel, scoresAsJson, scoreValue } from './score-text.js';
import { sentence, when } from './sentence.js';
import { table } from './table.js';
import { formatDuration } from './units.js';

/** Shorter waits are not worth a word. */
const SHORT_WAIT = 0.05;
/** Nor are waits for data that take less than this share of the run. */
const SMALL_SHARE = 0.02;

const indented = (text: string): string => text.trim().replaceAll('\n', '\n            ');

function generations({ evaluation }: RunSummary, style: Style): string[] {
  const [before, after] = [evaluation.get('before'), evaluation.get('after')];
  const shown = (after ?? before)?.samples ?? [];
  return shown.flatMap((sample, i) => {
    const earlier = before?.samples[i];
    const mark = sample.correct ? style.green : style.red;
    return [
      '',
      `${style.bold('prompt')}      ${indented(sample.prompt)}`,
      `  expected  ${indented(sample.expected)}`,
      ...(earlier === undefined ? [] : [`  before    ${style.dim(indented(earlier.answer))}`]),
      ...(after === undefined ? [] : [`  after     ${mark(indented(sample.answer))}`]),
    ];
  });
}

/**
 * How to continue after a run was stopped: from its last checkpoint, or from where the run itself
 * started.
 */
function afterStop(
  { done, saved, finishedBefore, stoppedAt, resumedFrom }: RunSummary,
  { command, startsByItself }: Next,
): string[] {
  if (done?.reason !== 'aborted') return [];
  const next = (resume: string): string[] => [
    '',
    `next: ${command}${startsByItself ? ' --resume auto' : resume}`,
  ];
  if (saved !== undefined || finishedBefore !== undefined)
    return [
      '',
      'the result is saved, but not evaluated or exported yet',
      ...next(' --resume latest'),
    ];
  if (stoppedAt !== undefined)
    return ['', `the model so far is in ${stoppedAt}`, ...next(' --resume latest')];
  if (done.steps > 0) return ['', 'nothing is saved: checkpoint.enabled is false'];
  if (resumedFrom !== undefined)
    return [
      '',
      'nothing was trained since the checkpoint',
      ...next(` --resume ${shellWord(resumedFrom)}`),
    ];
  return ['', 'nothing was trained yet; the same command starts the run again', ...next('')];
}

/** What a run says that was started again after its end. */
const finishedLine = ({ steps }: FinishedEvent): string =>
  `the run is finished${when(steps, (count) => ` after ${count} steps`)}: nothing is left to train`;

/** How the training ended: `finished after 10 steps in 3.2 s, last loss 0.1234`. */
function ending({ reason, steps, seconds, loss, ...waited }: DoneEvent): string {
  const word = reason === 'finished' ? 'finished' : 'stopped';
  const { saveWaitSeconds: forSaves, dataWaitSeconds: forData } = waited;
  const share = `${Math.round((100 * forData) / seconds)} %`;
  return sentence([
    `${word} after ${steps} steps in ${formatDuration(seconds)}`,
    when(loss, (last) => `last loss ${last.toFixed(4)}`),
    when(forSaves >= SHORT_WAIT, `waited ${formatDuration(forSaves)} for checkpoints`),
    when(
      forData >= Math.max(SHORT_WAIT, SMALL_SHARE * seconds),
      `waited ${formatDuration(forData)} (${share}) for data`,
    ),
  ]);
}

/** What the training took, beside what its plan said. */
const peakLines = ({ peakBytes }: DoneEvent, plan: RunSummary['plan']): string[] =>
  peakBytes === undefined || plan === undefined
    ? []
    : [`peak memory ${peakText(peakBytes, plan.report.memory.peak, plan.processes)}`];

const nameOf = ({ name }: MetricScore): string => metricLabel(name);

const scoreOf = (evaluation: EvaluationEvent | undefined, name: string): string | undefined =>
  evaluation?.scores.filter((score) => nameOf(score) === name).map(scoreValue)[0];

/** Losses and scores that were reached. */
function scores({ validation, evaluation }: RunSummary): string[] {
  const losses = [...validation.values()].map(
    ({ name, loss }) =>
      `validation loss${when(name !== 'default', ` (${name})`)}  ${loss.toFixed(4)}`,
  );
  const [before, after] = [evaluation.get('before'), evaluation.get('after')];
  const isPart = before !== undefined && after !== undefined && before.total < after.total;
  const on = isPart ? ` (first ${before.total} questions)` : '';
  const names = new Set([...(before?.scores ?? []), ...(after?.scores ?? [])].map(nameOf));
  const reached = [...names].map((name) => {
    const score = sentence([
      when(scoreOf(before, name), (value) => `${value} before${on}`),
      when(scoreOf(after, name), (value) => `${value} after`),
    ]);
    return `${name.padEnd(16)} ${score}`;
  });
  return [...losses, ...reached, ...table(labelRows(after?.scores ?? []))];
}

/** What the lines about the next command need to know. */
export interface Next {
  /** What started the run, without --resume. */
  readonly command: string;
  /** It goes on from what its folder holds: the same words continue it. */
  readonly startsByItself: boolean;
  /** A prompt from the data. */
  readonly prompt?: ExamplePrompt | undefined;
  /** The base model as the user named it. */
  readonly model?: string | undefined;
}

/** Where everything is, and what to type next. */
const whereResult = (
  saved: Pick<SavedEvent, 'directory' | 'base' | 'metrics' | 'recipe'>,
  asked: string | undefined,
  { prompt: found = GREETING, model }: Next,
): string[] => {
  const { prompt, raw } = asked === undefined ? found : { prompt: asked, raw: false };
  const { directory } = saved;
  const base = saved.base === undefined ? undefined : (model ?? saved.base);
  return [
    '',
    `${saved.base === undefined ? 'model  ' : 'adapter'}  ${directory}`,
    `metrics  ${saved.metrics}`,
    `recipe   ${saved.recipe}`,
    '',
    `next: ${generateCommand({ directory, base }, prompt, raw)}`,
  ];
};

/** Lines for stdout. */
export function renderResult(summary: RunSummary, style: Style, next: Next): string[] {
  const { done, plan, saved, report, evaluation, exported } = summary;
  const { finishedBefore: finished } = summary;
  const exportLines = exported === undefined ? [] : ['', ...renderExport(exported.result)];
  const asked = evaluation.get('after')?.samples[0]?.prompt;
  if (finished !== undefined)
    return [
      finishedLine(finished),
      ...scores(summary),
      ...generations(summary, style),
      ...whereResult(finished, asked, next),
      ...afterStop(summary, next),
      ...exportLines,
      ...reportLines(report ?? finished.report),
    ];
  return [
    ...(done === undefined ? [] : [ending(done), ...peakLines(done, plan)]),
    ...scores(summary),
    ...generations(summary, style),
    ...(saved === undefined
      ? afterStop(summary, next)
      : [...whereResult(saved, asked, next), ...afterStop(summary, next), ...exportLines]),
    ...reportLines(report),
  ];
}

const reportLines = (path: string | undefined): string[] =>
  path === undefined ? [] : ['', `report   ${path}`];

/** The same as data. */
export function resultAsJson({
  done,
  plan,
  saved,
  finishedBefore: finished,
  exported,
  stoppedAt,
  report,
  profile,
  validation,
  evaluation,
  endedEarly,
}: RunSummary): unknown {
  return {
    reason: done?.reason,
    finished_before: finished !== undefined,
    steps: finished === undefined ? done?.steps : finished.steps,
    seconds: done?.seconds,
    save_wait_seconds: done?.saveWaitSeconds,
    data_wait_seconds: done?.dataWaitSeconds,
    loss: done?.loss,
    peak_bytes: done?.peakBytes,
    planned_peak_bytes: plan?.report.memory.peak,
    validation_loss: Object.fromEntries([...validation].map(([name, { loss }]) => [name, loss])),
    exact_match: Object.fromEntries(
      [...evaluation].map(([when, { exactMatch }]) => [when, exactMatch]),
    ),
    scores: Object.fromEntries(
      [...evaluation].map(([when, { scores }]) => [when, scoresAsJson(scores)]),
    ),
    ended_early: endedEarly !== undefined,
    best_step: saved?.best === undefined ? undefined : saved.best.step,
    model: finished?.directory ?? saved?.directory ?? stoppedAt,
    files: saved?.files,
    metrics: finished?.metrics ?? saved?.metrics,
    recipe: finished?.recipe ?? saved?.recipe,
    report: report ?? finished?.report,
    profile: profile && profileAsJson(profile),
    export: exported && { to: exported.to, ...exported.result },
  };
}
