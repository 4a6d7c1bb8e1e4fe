// `automodel watch` and `finetune --open`: the printed link leads to the run, and the page ends
// with the command.
import { expect, test } from 'vitest';
import { hasDesktop, openerOf } from '../src/browser/open-browser.js';
import { runCli } from '../src/run-cli.js';
import { cliIn, typed } from './support/cli-in.js';
import { recordingStreams } from './support/recording-streams.js';
import { plugins } from './support/tiny-folder.js';
import { tinyRoot } from './support/tiny-root.js';

const root = tinyRoot();
const quick = typed`--step_scheduler.max_steps 2 --step_scheduler.global_batch_size=4
  --backend.threads 1`;
const LINK = /http:\/\/127\.0\.0\.1:\d+\/\?token=[\w-]+/;

/** Runs a command; `onText` is called with all that it has written so far. */
async function running(
  argv: readonly string[],
  onText: (text: string, stop: () => void) => void,
): Promise<{ readonly code: number; readonly text: string }> {
  const stop = new AbortController();
  const streams = recordingStreams();
  let text = '';
  const stream = {
    ...streams.err,
    write: (piece: string) => {
      text += piece;
      onText(text, () => stop.abort());
    },
  };
  const code = await runCli(argv, {
    streams: { out: stream, err: stream, color: false },
    workingDirectory: root(),
    environment: {},
    signal: stop.signal,
    plugins,
  });
  return { code, text };
}

test('finetune --open serves the run until it ends, and watch serves its folder', async () => {
  const pages: Promise<string>[] = [];
  let asked = false;
  const words = typed`finetune --model model --data rows.jsonl --output opened --open ${quick}`;
  const { code, text } = await running(words, (written) => {
    const link = LINK.exec(written)?.[0];
    if (asked || link === undefined) return;
    asked = true;
    pages.push(fetch(link).then((response) => response.text()));
  });
  expect(code).toBe(0);
  expect(text).toContain('live page, until the run ends: http://127.0.0.1:');
  expect(await pages[0]).toContain('still running');
  await expect(fetch(LINK.exec(text)![0])).rejects.toThrow();

  let page = '';
  asked = false;
  const watched = await running(['watch', 'opened'], (written, stop) => {
    const link = LINK.exec(written)?.[0];
    if (asked || link === undefined) return;
    asked = true;
    void fetch(link)
      .then((response) => response.text())
      .then((answer) => (page = answer))
      .finally(stop);
  });
  expect(watched.code).toBe(0);
  expect(page).toMatch(/finished<\/span>\s+2 of 2 steps/);
  expect(page).toContain('Tokens per second');
});

test('watch names a folder that is not that of a run', async () => {
  for (const [folder, message] of [
    ['model', 'is not the folder of a run'],
    ['nowhere', 'there is no such folder'],
  ]) {
    const { code, err } = await cliIn(root(), ['watch', folder!]);
    expect(code).toBe(2);
    expect(err).toMatch(new RegExp(`^error: .*${folder!}.*${message!}`));
    expect(err.trimEnd()).not.toContain('\n');
  }
  const { code, err } = await cliIn(root(), typed`watch model --port 65536`);
  expect([code, err]).toEqual([2, expect.stringContaining('at most 65535') as string]);
});

test('a browser is opened on a desktop only', () => {
  expect(hasDesktop('linux', {})).toBe(false);
  expect(hasDesktop('linux', { DISPLAY: ':0' })).toBe(true);
  expect(hasDesktop('linux', { WAYLAND_DISPLAY: 'wayland-0' })).toBe(true);
  expect(hasDesktop('darwin', {})).toBe(true);
  for (const name of ['CI', 'SSH_CONNECTION', 'SSH_CLIENT', 'SSH_TTY'])
    for (const platform of ['linux', 'darwin', 'win32'] as const)
      expect(hasDesktop(platform, { DISPLAY: ':0', [name]: '1' })).toBe(false);
  expect(openerOf('linux', 'http://a/?b&c')).toEqual(['xdg-open', 'http://a/?b&c']);
  expect(openerOf('darwin', 'http://a')).toEqual(['open', 'http://a']);
  expect(openerOf('win32', 'http://a/?b&c')[0]).toBe('cmd');
});
