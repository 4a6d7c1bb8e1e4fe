// The head of a report: what ran, how it ended, and the numbers everybody looks for first.
import { middle } from '../charts.js';
import { html, type Markup } from '../format/markup.js';
import { bytesText, countText, formatDuration, numberText, percentText } from '../format/units.js';
import type { ReportData, ReportModel } from '../report-data.js';
import { scoreFigures } from './scores.js';

const STATUS: Readonly<Record<ReportData['status'], string>> = {
  running: 'still running',
  finished: 'finished',
  stopped: 'stopped early',
  failed: 'failed',
};

export const setLabel = (name: string): string =>
  name === 'default' ? 'Validation loss' : `Validation loss, ${name}`;

interface Figure {
  readonly label: string;
  readonly value: string;
  readonly detail?: string | undefined;
}

const figures = (data: ReportData): readonly Figure[] => [
  ...exactMatch(data),
  ...scoreFigures(data),
  ...trainingLoss(data),
  ...validationLosses(data),
  ...speedAndMemory(data),
];

function exactMatch({ evaluations }: ReportData): readonly Figure[] {
  const measured = evaluations.filter((evaluation) => evaluation.exactMatch !== undefined);
  const [before, after] = [measured[0], measured.at(-1)];
  if (before?.exactMatch === undefined || after?.exactMatch === undefined) return [];
  const detail =
    before === after
      ? `${after.correct} of ${after.total}`
      : `from ${percentText(before.exactMatch)}`;
  return [{ label: 'Exact match', value: percentText(after.exactMatch), detail }];
}

function trainingLoss({ steps }: ReportData): readonly Figure[] {
  const [first, last] = [steps[0], steps.at(-1)];
  if (first === undefined || last === undefined) return [];
  const detail = `from ${numberText(first.loss)}`;
  return [{ label: 'Training loss', value: numberText(last.loss), detail }];
}

function validationLosses({ validations }: ReportData): readonly Figure[] {
  const names = [...new Set(validations.map(({ name }) => name))];
  return names.flatMap((name) => {
    const own = validations.filter((validation) => validation.name === name);
    const last = own.at(-1);
    if (last === undefined) return [];
    const best = own.reduce((a, b) => (b.loss < a.loss ? b : a));
    const detail = `best ${numberText(best.loss)}, after step ${best.step + 1}`;
    const value = numberText(last.loss);
    return [{ label: setLabel(name), value, detail: best === last ? undefined : detail }];
  });
}

function speedAndMemory(data: ReportData): readonly Figure[] {
  const { steps, plan } = data;
  const rate = middle(steps.map(({ tokensPerSecond }) => tokensPerSecond));
  if (rate === undefined) return [];
  const predicted = plan === undefined ? undefined : `${bytesText(plan.peakBytes)} predicted`;
  return [
    { label: 'Tokens per second', value: countText(rate), detail: 'median' },
    { label: 'Peak memory', value: bytesText(peakBytes(data)), detail: predicted },
  ];
}

/** Largest resident memory over all steps. */
export const peakBytes = ({ steps }: ReportData): number =>
  steps.reduce((peak, { memoryGib }) => Math.max(peak, memoryGib), 0) * 2 ** 30;

function time(date: Date): Markup {
  const text = date.toISOString();
  return html`<time datetime="${text}">${text.slice(0, 16).replace('T', ' ')} UTC</time>`;
}

/** How long training took, as the terminal says it, and the whole run. */
function duration({ trainingSeconds, startedAt, updatedAt }: ReportData): string {
  const whole = `${formatDuration((updatedAt.getTime() - startedAt.getTime()) / 1000)} in all`;
  return trainingSeconds === undefined
    ? ` · ${whole}`
    : ` in ${formatDuration(trainingSeconds)} · ${whole}`;
}

/** Model, size, adapter and precision in one line. */
function modelLine({ type, parameters, adapter, precision }: ReportModel): string {
  const trained =
    adapter === undefined ? [] : [`${adapter.name} with ${countText(adapter.parameters)}`];
  return [type, `${countText(parameters)} parameters`, ...trained, precision].join(', ');
}

function figure({ label, value, detail }: Figure): Markup {
  const aside = detail === undefined ? undefined : html`<dd class="detail">${detail}</dd>`;
  return html`<div><dt>${label}</dt><dd>${value}</dd>${aside}</div>`;
}

export function headline(data: ReportData): Markup {
  const { name, status, message, startedAt, steps, totalSteps, model } = data;
  const done = (steps.at(-1)?.step ?? -1) + 1;
  const planned = totalSteps === 0 ? '' : ` of ${totalSteps}`;
  return html`<p class="kicker">Automodel run</p>
<h1>${name}</h1>
<p class="facts"><span class="status ${status}">${STATUS[status]}</span>
${done}${planned} steps${duration(data)} · ${time(startedAt)}</p>
<p class="facts">${model === undefined ? '' : modelLine(model)}</p>
${message === undefined ? undefined : html`<p class="message" role="alert">${message}</p>`}
<dl class="figures">${figures(data).map(figure)}</dl>`;
}
