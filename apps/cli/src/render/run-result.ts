// The end of a run: what it reached, generations before and after, where everything is, and what to
// type next.
import { generateCommand, shellWord } from '@automodel/run';
import type { Style } from '../terminal/style.js';
import type { RunSummary } from './run-reporter.js';
import { renderExport } from './export-result.js';
import { formatDuration } from './units.js';

const percent = (share: number | undefined): string =>
  share === undefined ? '?' : `${(100 * share).toFixed(1)} %`;
const indented = (text: string): string => text.trim().replaceAll('\n', '\n            ');

function generations({ evaluation }: RunSummary, style: Style): string[] {
  const [before, after] = [evaluation.get('before'), evaluation.get('after')];
  return (
    (after ?? before)?.samples.flatMap((sample, i) => {
      const earlier = before?.samples[i];
      return [
        '',
        `${style.bold('prompt')}      ${indented(sample.prompt)}`,
        `  expected  ${indented(sample.expected)}`,
        ...(earlier === undefined ? [] : [`  before    ${style.dim(indented(earlier.answer))}`]),
        ...(after === undefined
          ? []
          : [
              '  after     ' +
                `${sample.correct ? style.green(indented(sample.answer)) : style.red(indented(sample.answer))}`,
            ]),
      ];
    }) ?? []
  );
}

/**
 * How to go on after a run was stopped: from its last checkpoint, or from where it started itself.
 */
function afterStop({ done, stoppedAt, resumedFrom }: RunSummary, command: string): string[] {
  if (done?.reason !== 'aborted') return [];
  if (stoppedAt !== undefined)
    return ['', `the model so far is in ${stoppedAt}`, '', `next: ${command} --resume latest`];
  if (done.steps > 0) return ['', 'nothing is saved: checkpoint.enabled is false'];
  if (resumedFrom !== undefined)
    return [
      '',
      'nothing was trained since the checkpoint',
      '',
      `next: ${command} --resume ${shellWord(resumedFrom)}`,
    ];
  return [
    '',
    'nothing was trained yet; the same command starts the run again',
    '',
    `next: ${command}`,
  ];
}

/** Lines for stdout. `command`: what started the run, without saying where it goes on from. */
export function renderResult(summary: RunSummary, style: Style, command: string): string[] {
  const { done, saved, validation, evaluation } = summary;
  const [before, after] = [evaluation.get('before'), evaluation.get('after')];
  const report = summary.report === undefined ? [] : [`report   ${summary.report}`];
  const lines =
    done === undefined
      ? []
      : [
          `${done.reason === 'finished' ? 'finished' : 'stopped'} after ${done.steps} steps in ` +
            `${formatDuration(done.seconds)}${done.loss === undefined ? '' : `, last loss ${done.loss.toFixed(4)}`}${done.saveWaitSeconds < 0.05 ? '' : `, waited ${formatDuration(done.saveWaitSeconds)} for checkpoints`}${done.dataWaitSeconds < Math.max(0.05, 0.02 * done.seconds) ? '' : `, waited ${formatDuration(done.dataWaitSeconds)} ` + `(${Math.round((100 * done.dataWaitSeconds) / done.seconds)} %) for data`}`,
        ];
  for (const { name, loss } of validation.values())
    lines.push(`validation loss${name === 'default' ? '' : ` (${name})`}  ${loss.toFixed(4)}`);
  if (after?.exactMatch !== undefined || before?.exactMatch !== undefined)
    lines.push(
      'exact match      ' +
        `${[before && `${percent(before.exactMatch)} before`, after && `${percent(after.exactMatch)} after`].filter(Boolean).join(', ')}`,
    );
  lines.push(...generations(summary, style));
  if (saved === undefined) {
    return [
      ...lines,
      ...afterStop(summary, command),
      ...(report.length === 0 ? [] : ['', ...report]),
    ];
  }
  const exported =
    summary.exported === undefined ? [] : ['', ...renderExport(summary.exported.result)];
  const next = generateCommand(saved, after?.samples[0]?.prompt ?? 'Hello');
  return [
    ...lines,
    '',
    `${saved.base === undefined ? 'model  ' : 'adapter'}  ${saved.directory}`,
    `metrics  ${saved.metrics}`,
    `recipe   ${saved.recipe}`,
    '',
    `next: ${next}`,
    ...exported,
    ...(report.length === 0 ? [] : ['', ...report]),
  ];
}

/** The same as data. */
export function resultAsJson({
  done,
  saved,
  exported,
  stoppedAt,
  report,
  validation,
  evaluation,
}: RunSummary): unknown {
  return {
    reason: done?.reason,
    steps: done?.steps,
    seconds: done?.seconds,
    save_wait_seconds: done?.saveWaitSeconds,
    data_wait_seconds: done?.dataWaitSeconds,
    loss: done?.loss,
    validation_loss: Object.fromEntries([...validation].map(([name, { loss }]) => [name, loss])),
    exact_match: Object.fromEntries(
      [...evaluation].map(([when, { exactMatch }]) => [when, exactMatch]),
    ),
    model: saved?.directory ?? stoppedAt,
    files: saved?.files,
    metrics: saved?.metrics,
    recipe: saved?.recipe,
    report,
    export: exported && { to: exported.to, ...exported.result },
  };
}
