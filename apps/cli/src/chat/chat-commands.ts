// What can be typed at the prompt of a chat besides messages: lines that begin with a slash. Two
// slashes begin a message with one.
import { appendFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { AutomodelError } from '@automodel/core';
import { nearestName } from '@automodel/recipe';
import type { Conversation } from './conversation.js';

const COMMANDS: Readonly<Record<string, string>> = {
  '/exit': 'leave',
  '/reset': 'forget the chat',
  '/undo': 'forget the last turn',
  '/system TEXT': 'set the system message; without TEXT, show it',
  '/save FILE': 'append the chat to a file of rows to train on',
  '/help': 'show this help',
};

export type ChatInput =
  | { readonly kind: 'message'; readonly text: string }
  | { readonly kind: 'remark'; readonly text: string }
  | { readonly kind: 'leave' };

const remark = (text: string): ChatInput => ({ kind: 'remark', text });

/** Reads one line, and does what a command says. Errors: `io` where a file cannot be written. */
export async function readChatLine(
  line: string,
  conversation: Conversation,
  workingDirectory: string,
): Promise<ChatInput> {
  if (line.startsWith('//')) return { kind: 'message', text: line.slice(1) };
  if (!line.startsWith('/')) return { kind: 'message', text: line };
  const [, name = '', rest = ''] = /^(\S+)\s*(.*)$/s.exec(line) ?? [];
  switch (name) {
    case '/exit':
    case '/quit':
      return { kind: 'leave' };
    case '/reset':
      conversation.reset();
      return remark('The chat starts again.');
    case '/undo':
      return remark(
        conversation.undo() ? 'The last turn is forgotten.' : 'There is no turn to undo.',
      );
    case '/system':
      if (rest !== '') conversation.system = rest;
      return remark(
        conversation.system === undefined
          ? 'There is no system message.'
          : `System message: ${conversation.system}`,
      );
    case '/save':
      return remark(await save(conversation, rest, workingDirectory));
    case '/help':
      return remark(
        Object.entries(COMMANDS)
          .map(([command, what]) => `${command.padEnd(14)}${what}`)
          .join('\n'),
      );
    default: {
      const meant = nearestName(
        name,
        Object.keys(COMMANDS).map((command) => command.split(' ')[0]!),
      );
      const help = meant === undefined ? '/help lists them.' : `did you mean ${meant}?`;
      return remark(
        `${name} is not a command; ${help} A message that begins with a slash is written with two.`,
      );
    }
  }
}

async function save(
  conversation: Conversation,
  file: string,
  workingDirectory: string,
): Promise<string> {
  if (file === '') return '/save needs the name of a file.';
  if (conversation.turns === 0) return 'There is nothing to save yet.';
  const path = resolve(workingDirectory, file);
  try {
    await appendFile(path, `${JSON.stringify({ messages: conversation.messages })}\n`);
  } catch (cause) {
    throw new AutomodelError('io', `the chat cannot be written: ${(cause as Error).message}`, {
      location: path,
      cause,
    });
  }
  return `${conversation.messages.length} messages are now a row of ${path}.`;
}
