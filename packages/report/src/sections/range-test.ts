// The picture of a range test: the loss by learning rate, and the rate that was taken.
import { html, type Markup } from '../format/markup.js';
import type { ReportData } from '../report-data.js';
import { numberText } from '../format/units.js';

const [WIDTH, HEIGHT, MARGIN] = [640, 240, 8];

export function rangeTest({ rangeTest: test }: ReportData): Markup | undefined {
  if (test === undefined || test.points.length < 2) return undefined;
  const { learningRate, points } = test;
  const rates = points.map((point) => Math.log10(point.learningRate));
  const losses = points.flatMap(({ loss, smoothed }) => [loss, smoothed]);
  const [low, high] = [Math.min(...losses), Math.max(...losses)];
  const [first, last] = [rates[0] ?? 0, rates.at(-1) ?? 1];
  const x = (rate: number): string =>
    (MARGIN + ((WIDTH - 2 * MARGIN) * (rate - first)) / (last - first)).toFixed(1);
  const y = (loss: number): string =>
    (MARGIN + ((HEIGHT - 2 * MARGIN) * (high - loss)) / (high - low || 1)).toFixed(1);
  const line = (read: (point: (typeof points)[number]) => number): string =>
    points.map((point, i) => `${x(rates[i] ?? 0)},${y(read(point))}`).join(' ');
  const at = x(Math.log10(learningRate));
  const text =
    `Loss from ${numberText(low)} to ${numberText(high)} while the learning rate rises from ` +
    `${numberText(10 ** first)} to ${numberText(10 ** last)}; ${numberText(learningRate)} is taken`;
  return html`<h3>Learning rate</h3>
<p>The range test raised the learning rate from ${numberText(10 ** first)} to
${numberText(10 ** last)} (logarithmic, left to right). Training uses a tenth of the rate with the
lowest smoothed loss: ${numberText(learningRate)}, the dashed line.</p>
<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${text}"
width="${WIDTH}" height="${HEIGHT}" fill="none" stroke="currentColor">
<polyline points="${line(({ loss }) => loss)}" stroke-opacity="0.3"/>
<polyline points="${line(({ smoothed }) => smoothed)}" stroke-width="2"/>
<line x1="${at}" x2="${at}" y1="0" y2="${HEIGHT}" stroke-dasharray="4 4"/>
</svg>`;
}
