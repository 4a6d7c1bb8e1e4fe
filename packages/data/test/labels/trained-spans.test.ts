// What is trained of chats, for templates in the style of published ones: fixed expectations, which
// agree with comparing renderings wherever that finds the turns, but for eos tokens behind the last
// turn and marks of templates. `npx vitest -u` writes the file; look at what changed.
import { readdirSync, readFileSync } from 'node:fs';
import { AutomodelError } from '@automodel/core';
import { expect, test } from 'vitest';
import { ChatTemplate, renderAssistantTurns } from '../../src/index.js';
import { preparedChat } from '../../src/index.js';
import { CHATS } from './template-chats.js';

const folder = new URL('../jinja/templates/', import.meta.url);
const SPECIAL = new RegExp(
  [
    String.raw`<\|[^|<>]{1,40}\|?>`,
    '<｜[^｜]{1,40}｜>',
    String.raw`<(?:turn|call|result)\|>`,
    '<(?:end|start)_of_turn>',
    String.raw`<SPECIAL_\d+>`,
  ].join('|'),
  'g',
);

function trained(name: string, text: string): Record<string, readonly string[] | string> {
  const template = new ChatTemplate(name, text, { bos_token: '<s>', eos_token: '</s>' });
  const specialTokens = [...new Set([...(text.match(SPECIAL) ?? []), '<s>', '</s>'])];
  const options = { specialTokens, stopTokens: ['<|user|>', '<|observation|>'], location: 'row' };
  const entries = Object.entries(CHATS).map(([chat, messages]) => {
    try {
      const prepared = preparedChat(template, messages, { location: 'row' });
      const rendered = renderAssistantTurns(template, prepared, options);
      const texts = rendered.turns.map(({ spans }) =>
        spans.map(({ start, end }) => rendered.text.slice(start, end)).join(' ... '),
      );
      return [chat, texts] as const;
    } catch (error) {
      if (!(error instanceof AutomodelError)) throw error;
      return [chat, error.message] as const;
    }
  });
  return Object.fromEntries(entries);
}

test('templates show the turns of chats', async () => {
  const all = readdirSync(folder).map((file) => [
    file,
    trained(file, readFileSync(new URL(file, folder), 'utf8')),
  ]);
  const written = `${JSON.stringify(Object.fromEntries(all), undefined, 2)}\n`;
  await expect(written).toMatchFileSnapshot('trained-spans.json');
});
