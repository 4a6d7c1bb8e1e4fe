import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough, Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { readChatLine } from '../src/chat/chat-commands.js';
import { Conversation } from '../src/chat/conversation.js';
import { runCli } from '../src/run-cli.js';
import { cliIn, typed, type CliResult } from './support/cli-in.js';
import { joined } from './support/joined.js';
import { recordingStreams } from './support/recording-streams.js';
import { plugins } from './support/tiny-folder.js';
import { tinyRoot } from './support/tiny-root.js';

const root = tinyRoot();

function chat(lines: readonly string[], ...argv: string[]): Promise<CliResult> {
  const input = { stream: Readable.from(lines.map((line) => `${line}\n`)), isTerminal: false };
  const words = typed`chat --model model --threads 1 --max-new-tokens 4 ${argv}`;
  return cliIn(root(), words, { input });
}
interface Answer {
  readonly content: string;
  readonly prompt_tokens: number;
  readonly tokens: number;
}
const answers = (out: string): Answer[] =>
  out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Answer);

test('each line of a pipe is a turn, and history is part of what the model reads', async () => {
  const both = await chat(['Hello there', 'And again'], '--json');
  expect(both.code).toBe(0);
  const [first, second] = answers(both.out);
  expect(first!.tokens).toBe(4);
  const alone = answers((await chat(['And again'], '--json')).out);
  expect(second!.prompt_tokens).toBeGreaterThan(alone[0]!.prompt_tokens + first!.prompt_tokens / 2);
  const undone = answers((await chat(['Hello there', '/undo', 'And again'], '--json')).out);
  expect(undone[1]).toEqual(alone[0]);
  expect(answers((await chat(['Hello there', '/reset', 'And again'], '--json')).out)[1]).toEqual(
    alone[0],
  );
});

test('/save appends a row with the system message; /exit leaves the rest unread', async () => {
  const { code, out, err } = await chat(
    ['/system Be brief.', 'Hello', '/save rows.chat.jsonl', '/exit', 'unread'],
    '--json',
  );
  expect(code).toBe(0);
  expect(err).toContain('3 messages are now a row of');
  const [answer, ...others] = answers(out);
  expect(others).toEqual([]);
  const row = JSON.parse(await readFile(join(root(), 'rows.chat.jsonl'), 'utf8')) as unknown;
  expect(row).toEqual({
    messages: [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Hello' },
      { role: 'assistant', content: answer!.content },
    ],
  });
});

test(
  'a chat longer than the model forgets its oldest turns, and says so; a message that alone is ' +
    'too long is refused',
  async () => {
    const long = await chat(['Hello there', 'And again', 'And once more'], '--context', '40');
    expect(long.code).toBe(0);
    expect(long.err).toMatch(
      joined(
        /note: the chat is longer than the 40 tokens the model reads: /,
        /the oldest (turn is|2 turns are) forgotten/,
      ),
    );
    const refused = await chat(['word '.repeat(60)], '--context', '40');
    expect(refused.code).toBe(2);
    expect(refused.err).toMatch(
      joined(
        /^error: the message has \d+ tokens with its surroundings; /,
        /the model reads 40 \(shorten it\)\n$/,
      ),
    );
  },
);

test(
  'on a terminal Ctrl-C twice at the prompt leaves with 130, and a mistake does not end the ' +
    'chat',
  async () => {
    const streams = recordingStreams(true);
    const stream = new PassThrough();
    const ended = runCli(['chat', '--model', 'model', '--threads', '1'], {
      streams,
      input: { stream, isTerminal: true, echo: new PassThrough() },
      workingDirectory: root(),
      environment: {},
      signal: new AbortController().signal,
      plugins,
    });
    const shown = async (text: string): Promise<void> => {
      while (!streams.written.err.includes(text))
        await new Promise((resolve) => setTimeout(resolve, 5));
    };
    await shown('/help lists commands');
    stream.write('/save absent/x.jsonl\r');
    await shown('There is nothing to save yet.');
    stream.write('\u0003');
    await shown('Press Ctrl-C again to leave');
    stream.write('\u0003');
    expect(await ended).toBe(130);
  },
);

test('lines that begin with a slash', async () => {
  const conversation = new Conversation();
  expect(await readChatLine('//etc/hosts', conversation, root())).toEqual({
    kind: 'message',
    text: '/etc/hosts',
  });
  expect(await readChatLine('/rest', conversation, root())).toMatchObject({
    kind: 'remark',
    text: expect.stringContaining('did you mean /reset?') as string,
  });
  expect(await readChatLine('/undo', conversation, root())).toEqual({
    kind: 'remark',
    text: 'There is no turn to undo.',
  });
  conversation.ask('x');
  await expect(readChatLine('/save absent/x.jsonl', conversation, root())).rejects.toThrow(
    'the chat cannot be written',
  );
});
