// The head of a report: what ran, how it ended, and the numbers everybody looks for first.
import { html, type Markup } from '../markup.js';
import type { ReportData } from '../report-data.js';
import { bytesText, countText, numberText, percentText, secondsText } from '../units.js';

const STATUS: Readonly<Record<ReportData['status'], string>> = {
  running: 'still running',
  finished: 'finished',
  stopped: 'stopped early',
  failed: 'failed',
};

export const middle = (values: readonly number[]): number | undefined =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)];

export const setLabel = (name: string): string =>
  name === 'default' ? 'Validation loss' : `Validation loss, ${name}`;

interface Figure {
  readonly label: string;
  readonly value: string;
  readonly detail?: string | undefined;
}

function figures(data: ReportData): Figure[] {
  const { steps, validations, evaluations, plan } = data;
  const [first, last] = [steps[0], steps.at(-1)];
  const result: Figure[] = [];
  const measured = evaluations.filter(({ exactMatch }) => exactMatch !== undefined);
  const [before, after] = [measured[0], measured.at(-1)];
  if (after?.exactMatch !== undefined)
    result.push({
      label: 'Exact match',
      value: percentText(after.exactMatch),
      detail:
        before === after
          ? `${after.correct} of ${after.total}`
          : `from ${percentText(before!.exactMatch!)}`,
    });
  if (first !== undefined && last !== undefined)
    result.push({
      label: 'Training loss',
      value: numberText(last.loss),
      detail: `from ${numberText(first.loss)}`,
    });
  for (const name of new Set(validations.map((validation) => validation.name))) {
    const own = validations.filter((validation) => validation.name === name);
    const best = own.reduce((a, b) => (b.loss < a.loss ? b : a));
    result.push({
      label: setLabel(name),
      value: numberText(own.at(-1)!.loss),
      detail:
        own.length > 1 && best !== own.at(-1)
          ? `best ${numberText(best.loss)}, after step ${best.step + 1}`
          : undefined,
    });
  }
  const rate = middle(steps.map(({ tokensPerSecond }) => tokensPerSecond));
  if (rate !== undefined)
    result.push({ label: 'Tokens a second', value: countText(rate), detail: 'median' });
  if (steps.length > 0)
    result.push({
      label: 'Peak memory',
      value: bytesText(peakBytes(data)),
      detail: plan === undefined ? undefined : `${bytesText(plan.peakBytes)} predicted`,
    });
  return result;
}

/** Largest resident memory over all steps. */
export const peakBytes = ({ steps }: ReportData): number =>
  steps.reduce((peak, { memoryGib }) => Math.max(peak, memoryGib), 0) * 2 ** 30;

const time = (date: Date): Markup =>
  html`<time datetime="${date.toISOString()}">${date.toISOString().slice(0, 16).replace('T', ' ')} UTC</time>`;

export function headline(data: ReportData): Markup {
  const { name, status, message, startedAt, updatedAt, steps, totalSteps, model } = data;
  const done = (steps.at(-1)?.step ?? -1) + 1;
  const what =
    model === undefined
      ? ''
      : `${model.type}, ${countText(model.parameters)} ` +
        `parameters${model.adapter === undefined ? '' : `, ${model.adapter.name} with ${countText(model.adapter.parameters)}`}, ` +
        `${model.precision}`;
  return html`<header>
<p class="kicker">Automodel run</p>
<h1>${name}</h1>
<p class="facts"><span class="status ${status}">${STATUS[status]}</span> ${done} of ${totalSteps} steps · ${secondsText((updatedAt.getTime() - startedAt.getTime()) / 1000)} · ${time(startedAt)}</p>
<p class="facts">${what}</p>
${message === undefined ? undefined : html`<p class="message" role="alert">${message}</p>`}
<dl class="figures">${figures(data).map(({ label, value, detail }) => html`<div><dt>${label}</dt><dd>${value}</dd>${detail === undefined ? undefined : html`<dd class="detail">${detail}</dd>`}</div>`)}</dl>
</header>`;
}
