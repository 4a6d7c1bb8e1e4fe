// What the environment and the kind of a stream make of progress, colours and control characters.
import { expect, test } from 'vitest';
import { ProgressLine } from '../src/terminal/progress-line.js';
import { processStreams, writeAnswer } from '../src/terminal/streams.js';

/** A process whose streams keep what is written. */
function outputOf(env: Readonly<Record<string, string>>, isTTY = true) {
  const written: string[] = [];
  const stream = { isTTY, columns: 80, write: (text: string) => written.push(text) > 0 };
  return { streams: processStreams({ stdout: stream, stderr: stream, env }), written };
}

test.each<[string, Readonly<Record<string, string>>, boolean, boolean, boolean]>([
  ['a terminal', { TERM: 'xterm' }, true, true, true],
  ['a terminal without colours', { NO_COLOR: '1' }, true, false, false],
  ['NO_COLOR without a value says nothing', { NO_COLOR: '' }, true, true, true],
  ['a terminal that cannot move its cursor', { TERM: 'dumb' }, true, false, false],
  ['colours that are asked for', { TERM: 'dumb', FORCE_COLOR: '1' }, true, false, true],
  ['no colours win', { NO_COLOR: '1', FORCE_COLOR: '1' }, true, false, false],
  ['a log', {}, false, false, false],
  ['a log with colours', { FORCE_COLOR: '1' }, false, false, true],
])('%s', (_, env, isTTY, isRedrawn, color) => {
  const { streams } = outputOf(env, isTTY);
  expect([streams.err.isRedrawn, streams.out.isTerminal, streams.color]).toEqual([
    isRedrawn,
    isTTY,
    color,
  ]);
});

test.each([{ NO_COLOR: '1' }, { TERM: 'dumb' }])('with %o progress is plain lines', (env) => {
  const { streams, written } = outputOf(env);
  const progress = new ProgressLine(streams.err, Date.now, streams.color);
  progress.begin('loading');
  progress.update({ share: 0.5, parts: ['1/2'] });
  progress.print('kept');
  progress.update({ share: 1, parts: ['2/2'] });
  progress.finish();
  expect(written).toEqual(['50 % · 1/2\n', 'kept\n', '100 % · 2/2\n']);
});

test('a terminal of any kind does not obey an answer', () => {
  for (const env of [{}, { NO_COLOR: '1' }, { TERM: 'dumb' }]) {
    const { streams, written } = outputOf(env);
    writeAnswer(streams.out, '\u001b[2J');
    expect(written).toEqual(['\\x1b[2J']);
  }
});
