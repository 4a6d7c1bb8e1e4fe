// Stanford Alpaca, with the columns that LLaMA-Factory adds. The texts are those of the data set's
// script.
import { completionOf } from '../rows/completion.js';
import type { CompletionRow } from '../rows/parsed-row.js';
import type { RowReader } from '../rows/row-reader.js';
import type { ChatMessage } from '../templates/chat-message.js';
import { FORMAT_KEYS, type RowFormat } from './row-format.js';

export const alpaca: RowFormat = {
  type: 'alpaca',
  about: 'instruction, input, output',
  columns: ['instruction', 'input', 'output', 'system', 'history'],
  keys: FORMAT_KEYS,
  appendsEos: true,
  nemo: [],
  read: alpacaRow,
};

/**
 * `instruction`, `input`, `output`, and LLaMA-Factory's `system` and `history`. In
 * a chat the user's turn is the instruction, an empty line, and the input.
 */
function alpacaRow(row: RowReader): CompletionRow {
  const [instruction, input, output, system] = [
    row.text('instruction'),
    row.optionalText('input'),
    row.text('output'),
    row.optionalText('system'),
  ];
  const history = row.has('history')
    ? row.asList(row.value('history'), row.name('history'), 'pairs')
    : [];
  const turns = history.flatMap((pair, i): readonly ChatMessage[] => {
    if (!Array.isArray(pair) || pair.length !== 2)
      throw row.refuse(`"${row.name('history')}[${i}]" must be a pair of question and answer`);
    const [question, answer] = pair.map((text: unknown) =>
      row.asText(text, `${row.name('history')}[${i}]`),
    );
    return [
      { role: 'user', content: question },
      { role: 'assistant', content: answer },
    ];
  });
  const messages: readonly ChatMessage[] = [
    ...(system === '' ? [] : [{ role: 'system', content: system }]),
    ...turns,
    { role: 'user', content: input === '' ? instruction : `${instruction}\n\n${input}` },
  ];
  const parsed = completionOf(row, alpacaPrompt(instruction, input), output, messages);
  if (messages.length === 1) return parsed;
  return { ...parsed, prompt: undefined, chat: { ...parsed.chat, trainedFrom: 0 } };
}

/** The layout of tatsu-lab/stanford_alpaca. */
function alpacaPrompt(instruction: string, input: string): string {
  const [given, part] =
    input === ''
      ? ['', '']
      : [', paired with an input that provides further context', `\n\n### Input:\n${input}`];
  return (
    `Below is an instruction that describes a task${given}. Write a response that ` +
    `appropriately completes the request.\n\n### Instruction:\n${instruction}${part}\n\n### ` +
    'Response:'
  );
}
