// What a signal means to a command, and whether one was to be ignored.
import { expect, test } from 'vitest';
import { StopSignals, type Reaction, type StopSignal } from '../src/stop-signals.js';
import { isUnderNohup } from '../src/terminal/nohup.js';

test.each<[string, readonly StopSignal[], readonly Reaction[]]>([
  ['a second Ctrl-C ends at once', ['SIGINT', 'SIGINT'], ['stop', 'end-at-once']],
  ['SIGTERM after Ctrl-C as well', ['SIGINT', 'SIGTERM'], ['stop', 'end-at-once']],
  ['terminals send several SIGHUP', ['SIGHUP', 'SIGHUP', 'SIGHUP'], ['stop', 'nothing', 'nothing']],
  ['and some systems SIGTERM with it', ['SIGTERM', 'SIGHUP'], ['stop', 'nothing']],
  ['in either order', ['SIGHUP', 'SIGTERM', 'SIGTERM'], ['stop', 'nothing', 'end-at-once']],
])('%s', (_, given, reactions) => {
  const signals = new StopSignals();
  expect(given.map((signal) => signals.handle(signal))).toEqual(reactions);
});

test('a command that waits for a signal is ended by it; the second ends it at once', () => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    const signals = new StopSignals();
    signals.expect();
    expect([signals.handle(signal), signals.handle('SIGINT'), signals.handle('SIGINT')]).toEqual([
      'end',
      signal === 'SIGHUP' ? 'nothing' : 'end-at-once',
      'end-at-once',
    ]);
  }
});

test('a command that nohup started is not stopped by SIGHUP', () => {
  expect(isUnderNohup({ _: '/usr/bin/nohup' })).toBe(true);
  expect(isUnderNohup({ _: '/usr/bin/node' })).toBe(false);
  expect(isUnderNohup({})).toBe(false);
});
