// The lines that events of a run leave on the terminal, in the order of the run. Progress, which is
// drawn over, is not among them.
import { basename } from 'node:path';
import { locationOf } from '@automodel/data';
import { earlyStoppingText } from '@automodel/run';
import type {
  DatasetEvent,
  EvaluationEvent,
  ModelEvent,
  PreviewEvent,
  ResumedEvent,
  RunEvent,
  SavedEvent,
  TrackerEvent,
  WaitingEvent,
} from '@automodel/run';
import type { CheckpointSavedEvent, PlanEvent, ValidationEvent } from '@automodel/train';
import { style, type Style } from '../terminal/style.js';
import { profileLines } from './profile-table.js';
import { renderLabelMask } from './label-mask.js';
import { renderPlan } from './plan-table.js';
import { sentence, when } from './sentence.js';
import { scoreText } from './score-text.js';
import { formatCount, formatDuration, formatPercent } from './units.js';

/** A longer preview is cut. */
const PREVIEW_LENGTH = 1200;
const CHECKPOINT = /^epoch_\d+_step_\d+$/;
/** Shorter waits are not worth a word. */
const SHORT_WAIT = 0.05;

/** None for events that leave none. `color`: ANSI colours may be used. */
export function runLines(event: RunEvent, color: boolean): string[] {
  const styles = style(color);
  switch (event.type) {
    case 'hub-note':
      return [`note: ${event.text}`];
    case 'notes':
      return event.notes.map(({ key, because }) => `note: ${key} has no effect: ${because}`);
    case 'model':
      return modelLines(event, styles);
    case 'dataset':
      return datasetLines(event, styles);
    case 'preview':
      return event.examples.flatMap((example) => previewLines(example, styles, color));
    case 'plan':
      return planLines(event, styles);
    case 'validation':
      return [validationLine(event, styles)];
    case 'learning-rate':
      return [
        `learning rate ${event.learningRate.toExponential(2)}: a tenth of the one with the ` +
          `lowest loss, of ${event.points.length} that were tried`,
      ];
    case 'early-stopping':
      return [earlyStoppingText(event)];
    case 'saved':
      return bestLines(event);
    case 'evaluation':
      return evaluationLines(event, styles);
    case 'checkpoint-saved':
      return checkpointLines(event, styles);
    case 'checkpoint-failed':
      return [
        `note: the checkpoint of step ${event.step + 1} could not be saved, training goes on: ` +
          event.error.message,
      ];
    case 'waiting':
      return [waitingLine(event)];
    case 'resumed':
      return [resumedLine(event)];
    case 'tracker':
      return [trackerLine(event, styles)];
    case 'profile':
      return profileLines(event, styles);
    case 'exported':
      return event.result.notes.map((text) => `note: ${text}`);
    default:
      return [];
  }
}

function modelLines(event: ModelEvent, { bold }: Style): string[] {
  const { modelType, parameters, precision, fromScratch, path, adapter, notes } = event;
  const facts = sentence([
    modelType,
    `${formatCount(parameters)} parameters`,
    precision,
    when(fromScratch, 'random weights'),
  ]);
  return [
    `${bold('model')} ${facts} (${path})`,
    ...(adapter === undefined ? [] : [adapterLine(adapter, parameters)]),
    ...notes.map((text) => `note: ${text}`),
  ];
}

/** `lora on 8 modules (q_proj, v_proj), 12.3k parameters trained, 0.40 % of the model's`. */
function adapterLine(
  { name, modules, parameters }: NonNullable<ModelEvent['adapter']>,
  below: number,
): string {
  const kinds = new Set(modules.map((module) => module.slice(module.lastIndexOf('.') + 1)));
  const share = ((100 * parameters) / below).toFixed(parameters < 0.1 * below ? 2 : 0);
  return sentence([
    `${name} on ${modules.length} modules (${[...kinds].join(', ')})`,
    `${formatCount(parameters)} parameters trained`,
    `${share} % of the model's`,
  ]);
}

function datasetLines({ name, file, report }: DatasetEvent, { bold, yellow }: Style): string[] {
  const { dropped, truncated, split, withoutEndOfTurn } = report;
  const facts = sentence([
    `${report.samples} rows`,
    `${formatCount(report.tokens)} tokens`,
    `${formatCount(report.trainedTokens)} of them trained`,
    `longest ${report.longest}`,
    when(dropped.count > 0, `${dropped.count} dropped`),
    when(truncated.count > 0, `${truncated.count} truncated`),
    when(split.count > 0, `${split.count} split`),
    when(report.fromCache, 'from the cache'),
  ]);
  const mixture = (report.mixture ?? []).map(({ file: from, taken, repeated }) => {
    const share = formatPercent(taken / report.samples);
    const again = when(repeated > 0, `, ${formatCount(repeated)} of them repeated`);
    return `  ${formatCount(taken)} (${share}) from ${from}${again}`;
  });
  const [first] = withoutEndOfTurn.first;
  const warning = when(
    first,
    (source) =>
      `warning: ${withoutEndOfTurn.count} rows do not train the end of the turn; the model may ` +
      `not learn to stop (first: ${locationOf(source)})`,
  );
  return [
    ...report.notes.map((note) => yellow(`note: ${note}`)),
    `${bold(name === 'train' ? 'data' : 'validation')} ${facts} (${file})`,
    ...mixture,
    ...(warning === '' ? [] : [yellow(warning)]),
  ];
}

function previewLines(
  { source, pieces }: PreviewEvent['examples'][number],
  styles: Style,
  color: boolean,
): string[] {
  const sign = color ? styles.green('green') : '⟦marked⟧';
  const text = renderLabelMask(pieces, styles, color);
  const isCut = text.length > PREVIEW_LENGTH && !color;
  return [
    `${styles.bold('label mask')} of ${locationOf(source)} (${sign} is trained):`,
    isCut ? `${text.slice(0, PREVIEW_LENGTH)}...` : text,
  ];
}

const planLines = (
  { report, totalSteps, stepsPerEpoch, processes }: PlanEvent,
  styles: Style,
): string[] => [
  ...renderPlan(report, styles, undefined, processes),
  `  ${totalSteps} steps, ${stepsPerEpoch} per epoch`,
];

function validationLine({ name, step, loss }: ValidationEvent, { bold }: Style): string {
  const set = when(name !== 'default', ` ${name}`);
  const scores = `loss ${loss.toFixed(4)}, perplexity ${Math.exp(loss).toFixed(2)}`;
  return `${bold('validation')}${set} after step ${step + 1}: ${scores}`;
}

function evaluationLines(event: EvaluationEvent, { bold }: Style): string[] {
  const { when: moment, scores, correct, total } = event;
  if (moment === 'during' || scores.length === 0) return [];
  return [
    `${bold('held-out rows')} ${moment} training: ${scores.map(scoreText).join(', ')} ` +
      `(${correct} of ${total} exactly right)`,
  ];
}

const bestLines = ({ best }: SavedEvent): string[] =>
  best === undefined
    ? []
    : [
        `the result is step ${best.step + 1}, which has the lowest validation loss: ` +
          best.loss.toFixed(4),
      ];

function checkpointLines(event: CheckpointSavedEvent, { yellow }: Style): string[] {
  const { path, step, waitSeconds, problem } = event;
  const waited = when(
    waitSeconds >= SHORT_WAIT,
    ` (paused training for ${formatDuration(waitSeconds)})`,
  );
  const trouble = when(
    problem,
    ({ message }) =>
      `note: the checkpoint of step ${step + 1} is saved, but its links or the removal of older ` +
      `ones failed: ${message}`,
  );
  // the result of a run is saved like its checkpoints, into the folder itself
  const what = CHECKPOINT.test(basename(path)) ? `checkpoint ${basename(path)}` : `result ${path}`;
  return [...(trouble === '' ? [] : [yellow(trouble)]), `${what} saved${waited}`];
}

function waitingLine({ directory, process, host, seconds }: WaitingEvent): string {
  const holder = process === undefined ? 'another run' : `process ${process} on ${host ?? ''}`;
  return (
    `waiting for ${directory}: ${holder} holds it; without a sign of life from there, this run ` +
    `goes on in ${seconds} s`
  );
}

function resumedLine({ path, step, numericsChanged }: ResumedEvent): string {
  const note = when(
    numericsChanged,
    ' (saved on another kind of machine or by another version: the numbers will not be the same ' +
      'to the last bit)',
  );
  return `resuming at step ${step + 1} from ${path}${note}`;
}

const trackerLine = ({ name, location, problem }: TrackerEvent, { yellow }: Style): string =>
  problem === undefined ? `${name}: ${location!}` : yellow(`note: ${name} ${problem}`);
