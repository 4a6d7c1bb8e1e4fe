// The command line in a folder, with what it wrote.
import type { Plugin } from '@automodel/run';
import { runCli } from '../../src/run-cli.js';
import type { Input } from '../../src/terminal/line-input.js';
import { recordingStreams } from './recording-streams.js';
import { plugins as usual } from './tiny-folder.js';

export interface CliResult {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface CliSettings {
  readonly environment?: Readonly<Record<string, string>>;
  readonly plugins?: readonly Plugin[];
  readonly signal?: AbortSignal;
  readonly input?: Input;
  /** Streams are a terminal 80 columns wide with colours. */
  readonly terminal?: boolean;
}

/** Runs `automodel <argv>` in `root`. */
export async function cliIn(
  root: string,
  argv: readonly string[],
  settings: CliSettings = {},
): Promise<CliResult> {
  const { environment = {}, plugins = usual, input, signal, terminal = false } = settings;
  const streams = recordingStreams(terminal);
  const code = await runCli(argv, {
    streams,
    workingDirectory: root,
    environment,
    signal: signal ?? new AbortController().signal,
    plugins,
    input,
  });
  return { code, ...streams.written };
}

/** What is given to a tag: text, and values in it. */
export type Words = [text: TemplateStringsArray, ...values: (string | readonly string[])[]];

/** The words of a text: they end at white space; a value is part of a word, a list is words. */
export function typed(...[text, ...values]: Words): string[] {
  const words: string[] = [];
  let isOpen = false;
  text.forEach((part, i) => {
    const pieces = part.split(/\s+/);
    if (isOpen && pieces[0] !== '') words.push(`${words.pop() ?? ''}${pieces.shift()!}`);
    words.push(...pieces.filter((piece) => piece !== ''));
    const value = values[i];
    if (value === undefined) return;
    const continues = part !== '' && !/\s$/.test(part);
    if (typeof value !== 'string') words.push(...value);
    else if (continues) words.push(`${words.pop() ?? ''}${value}`);
    else words.push(value);
    isOpen = true;
  });
  return words;
}

/** What a command that should succeed is compared with: its message is in the difference. */
export const succeeded = ({ code, err }: CliResult): object => ({
  code,
  err: code === 0 ? '' : err,
});
