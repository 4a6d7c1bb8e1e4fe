// Characters that terminals obey, in rows, names and errors: a person sees them written out, on
// terminals, in pipes and on pages; a program gets them as they are.
import { copyFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { writeJson } from '../src/cli-context.js';
import { writeAnswer } from '../src/terminal/streams.js';
import { style } from '../src/terminal/style.js';
import { cliIn, typed } from './support/cli-in.js';
import { recordingStreams } from './support/recording-streams.js';
import { repository } from './support/tiny-folder.js';

const OBEYED = 'a\u001b[31mb\u0007c\u009bd\u202ee\u2066f\r\u200eg';
const WRITTEN = 'a\\x1b[31mb\\x07c\\x9bdU+202EeU+2066f\\x0d\u200eg';
const CONTROLS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/;

let root: string;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'automodel-controls-'));
  await mkdir(join(root, 'model'));
  const tokenizer = join(repository, 'examples/quickstart/tokenizer');
  for (const name of await readdir(tokenizer))
    await copyFile(join(tokenizer, name), join(root, 'model', name));
  const messages = [
    { role: 'user', content: OBEYED },
    { role: 'assistant', content: OBEYED },
  ];
  await writeFile(join(root, 'rows.jsonl'), JSON.stringify({ messages }));
});
afterAll(() => rm(root, { recursive: true }));

const template = (words: string, terminal = false) =>
  cliIn(root, typed`template model --chat rows.jsonl ${words.split(' ')}`, {
    plugins: [],
    terminal,
  });

describe('rows', () => {
  test('are shown without a control character in a pipe', async () => {
    const { out } = await template('--html page.html');
    expect(out).toContain(WRITTEN);
    expect(out).not.toMatch(CONTROLS);
    const page = await readFile(join(root, 'page.html'), 'utf8');
    expect(page).toContain(WRITTEN);
    expect(page).not.toMatch(CONTROLS);
  });

  test('cannot colour a terminal, which the command itself does', async () => {
    const { out } = await template('--mask-history', true);
    expect(out).toContain('\u001b[32m');
    expect(out).toContain(WRITTEN);
    expect(out).not.toContain('\u001b[31m');
  });

  test('are exact in the JSON of every command', () => {
    const streams = recordingStreams();
    const { signal } = new AbortController();
    writeJson({ streams, workingDirectory: root, environment: {}, signal }, { answer: OBEYED });
    expect(JSON.parse(streams.written.out)).toEqual({ answer: OBEYED });
    expect(streams.written.out).toContain('\u202e');
  });

  test('are exact as JSON', async () => {
    const { out } = await template('--json');
    expect(JSON.stringify(JSON.parse(out))).toContain(JSON.stringify(OBEYED).slice(1, -1));
    expect(out).toContain('\u202e');
  });
});

test('the name of a file in an error is written out', async () => {
  const { code, err } = await cliIn(root, ['template', 'model', '--chat', `${OBEYED}.jsonl`]);
  expect(code).toBe(2);
  expect(err).toContain('a\\x1b[31mb\\x07c\\x9bdU+202EeU+2066f\\r');
  expect(err).not.toMatch(CONTROLS);
});

test('an answer is exact in a pipe and written out on a terminal', () => {
  const [pipe, terminal] = [recordingStreams(), recordingStreams(true)];
  for (const { out } of [pipe, terminal]) writeAnswer(out, OBEYED);
  expect(pipe.written.out).toBe(OBEYED);
  expect(terminal.written.out).toBe(WRITTEN);
});

test('styles are those of the command, not of a text that looks like one', () => {
  const { out, written } = recordingStreams(true);
  out.write(`${style(true).bold('x')}\u001b[1my\u001b[7;1mz`);
  expect(written.out).toBe('\u001b[1mx\u001b[22m\\x1b[1my\\x1b[7;1mz');
});
