import { describe, expect, test } from 'vitest';
import { AutomodelError } from '@automodel/core';
import { describeError, exitCodeOf } from '../src/describe-error.js';
import { renderLabelMask } from '../src/render/label-mask.js';
import { table } from '../src/render/table.js';
import { formatBytes, formatCount, formatDuration, formatFlops } from '../src/render/units.js';
import { barLine, plainLine } from '../src/terminal/progress-bar.js';
import { ProgressLine } from '../src/terminal/progress-line.js';
import { shownText } from '../src/terminal/streams.js';
import { style } from '../src/terminal/style.js';
import { recordingStreams } from './support/recording-streams.js';

test('numbers read as people write them', () => {
  expect([0, 1023, 1536, 3 * 2 ** 30].map(formatBytes)).toEqual([
    '0 B',
    '1023 B',
    '1.5 KiB',
    '3.0 GiB',
  ]);
  expect([999, 12345, 2.5e6].map(formatCount)).toEqual(['999', '12.3k', '2.5M']);
  expect(formatFlops(2.5e9)).toBe('2.5 GFLOP');
  expect([1.24, 59.6, 185, 7640, Infinity].map(formatDuration)).toEqual([
    '1.2 s',
    '1 min 00 s',
    '3 min 05 s',
    '2 h 07 min',
    '?',
  ]);
});

test('tables align, numbers to the right', () => {
  expect(
    table(
      [
        ['a', '1'],
        ['long', '100'],
      ],
      new Set([1]),
    ),
  ).toEqual(['a       1', 'long  100']);
});

test('neighbouring trained tokens are one stretch; marks stand in for colour', () => {
  const pieces = [
    ['<user>', false],
    ['hi', false],
    ['{"a', true],
    ['":1}', true],
    ['\n', false],
  ].map(
    ([text, trained]) =>
      ({ text, trained, tokenIds: [] }) as { text: string; trained: boolean; tokenIds: number[] },
  );
  expect(renderLabelMask(pieces, style(false), false)).toBe('<user>hi⟦{"a":1}⟧\n');
  expect(shownText(renderLabelMask(pieces, style(true), true))).toContain(
    '\u001b[32m\u001b[1m{"a":1}',
  );
});

test(
  'on a terminal the progress line is redrawn and cut to its width; lasting lines stand above ' +
    'it',
  () => {
    const streams = recordingStreams(true);
    const progress = new ProgressLine(streams.err);
    progress.update('x'.repeat(200));
    progress.print('kept');
    progress.update('next');
    progress.finish();
    expect(streams.written.err).toBe(
      `\r\u001b[2K${'x'.repeat(80)}\r\u001b[2Kkept\n\r\u001b[2Knext\n`,
    );
  },
);

test('in a log lines are plain, rare and in order; the last is always there', () => {
  const streams = recordingStreams();
  let now = 0;
  const progress = new ProgressLine(streams.err, () => now);
  progress.update('step 1');
  progress.update('step 2');
  now = 9_000;
  progress.update('step 2a');
  now = 11_000;
  progress.update('step 3');
  progress.update('step 4');
  progress.print('validation');
  progress.update('step 5');
  progress.finish();
  expect(streams.written.err).toBe('step 1\nstep 3\nstep 4\nvalidation\nstep 5\n');
});

test('what takes a while is named with its seconds, in a log after two and then every ten', () => {
  for (const terminal of [false, true]) {
    const streams = recordingStreams(terminal);
    let now = 0;
    const progress = new ProgressLine(streams.err, () => now);
    progress.begin('loading the weights');
    for (; now < 25_000; now += 1000) progress.tick();
    progress.print('model');
    for (; now < 60_000; now += 1000) progress.tick();
    progress.finish();
    const lines = terminal
      ? streams.written.err.split('\r\u001b[2K').filter((line) => / (3|24) s$/.test(line))
      : streams.written.err.split('\n').slice(0, 4);
    expect(lines).toEqual(
      terminal
        ? ['loading the weights · 3 s', 'loading the weights · 24 s']
        : [
            'loading the weights · 2 s',
            'loading the weights · 12 s',
            'loading the weights · 22 s',
            'model',
          ],
    );
  }
});

describe('a line of progress', () => {
  const progress = {
    share: 92 / 752,
    parts: ['92/752', 'loss 0.24'],
    left: '3 min left',
    extras: ['4.4k tokens/s', 'lr 2.0e-5'],
  };

  test.each([
    [120, '12 % ▕█▌          ▏ 92/752 · loss 0.24 · 3 min left · 4.4k tokens/s · lr 2.0e-5'],
    [66, '12 % ▕█▍         ▏ 92/752 · loss 0.24 · 3 min left · 4.4k tokens/s'],
    [48, '12 % ▕█▏       ▏ 92/752 · loss 0.24 · 3 min left'],
    [40, '12 % ▕▏▏ 92/752 · loss 0.24 · 3 min left'],
    [39, '12 % ▕█▌          ▏ 92/752 · 3 min left'],
    [26, '12 % ▕█▌          ▏ 92/752'],
    [10, '12 % ▕▍  ▏'],
    [3, '12 '],
  ])('fits %i columns', (columns, line) => {
    const shown = barLine(progress, columns, style(false));
    expect(shown.length).toBeLessThanOrEqual(columns);
    expect(shown).toBe(line);
  });

  test('has colours only where they are wanted, and no bar in a log', () => {
    expect(shownText(barLine(progress, 60, style(true)))).toContain('\u001b[36m');
    expect(plainLine(progress)).toBe(
      '12 % · 92/752 · loss 0.24 · 3 min left · 4.4k tokens/s · lr 2.0e-5',
    );
  });
});

test('errors are one line; the stack only with --debug; a bug is called a bug', () => {
  const mistake = new AutomodelError('bad-file', 'not valid JSON', {
    location: 'config.json',
    hint: 'fetch it again',
    cause: new Error('at 3'),
  });
  expect(describeError(mistake, false)).toBe('error: config.json: not valid JSON (fetch it again)');
  expect(describeError(mistake, true)).toContain('caused by: Error: at 3');
  expect(describeError(new TypeError('x is undefined'), false)).toMatch(
    /^internal error: x is undefined\. This is a bug in automodel/,
  );
  expect(
    [
      mistake,
      new AutomodelError('aborted', 'stopped'),
      new AutomodelError('internal', 'no'),
      new TypeError('x'),
    ].map(exitCodeOf),
  ).toEqual([2, 130, 3, 3]);
});
