// Rows of one question and its answer: prompt with completion, Alpaca, NeMo's mapped columns, SQuAD
// and HellaSwag. The texts are those of the data sets' own scripts.
import { isObject } from '../json/json-object.js';
import type { ChatMessage } from '../templates/chat-template.js';
import { chatOf, messagesOf } from './chat-row.js';
import type { ChatExample, CompletionExample, ContinuationExample } from './example.js';
import { kindOf, type RowReader } from './row-reader.js';

/** `prompt` and `completion`, texts or lists of messages. */
export function promptRow(row: RowReader): ChatExample | CompletionExample {
  const [prompt, completion] = [row.value('prompt'), row.value('completion')];
  if (Array.isArray(prompt) || Array.isArray(completion)) {
    const context = Array.isArray(prompt)
      ? messagesOf(row, prompt, row.name('prompt'))
      : [{ role: 'user', content: row.text('prompt') }];
    const answer = Array.isArray(completion)
      ? messagesOf(row, completion, row.name('completion'))
      : [{ role: 'assistant', content: row.text('completion') }];
    return chatOf(row, [...context, ...answer], context.length);
  }
  if (row.has('tools')) throw row.refuse(`"${row.name('tools')}" needs a chat`);
  return completionOf(row, row.text('prompt'), row.text('completion'), [
    { role: 'user', content: row.text('prompt') },
  ]);
}

/**
 * Stanford Alpaca: `instruction`, `input`, `output`, and LLaMA-Factory's `system` and `history`. In
 * a chat the user's turn is the instruction, an empty line, and the input.
 */
export function alpacaRow(row: RowReader): CompletionExample {
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
  const example = completionOf(row, alpacaPrompt(instruction, input), output, messages);
  if (messages.length === 1) return example;
  return { ...example, prompt: undefined, chat: { ...example.chat, trainedFrom: 0 } };
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

/**
 * NeMo's ColumnMappedTextInstructionDataset: context, question and nothing, joined by spaces; as a
 * chat only where asked for.
 */
export function mappedRow(row: RowReader): CompletionExample {
  const [context, question, answer] = [
    row.has('context') ? row.text('context') : undefined,
    row.has('question') ? row.text('question') : undefined,
    row.text('answer'),
  ];
  const given = [context, question].filter((text) => text !== undefined);
  if (given.length === 0)
    throw row.refuse(
      `this row has neither "${row.name('context')}" nor "${row.name('question')}": it has columns ${
        Object.keys(row.row)
          .map((key) => `"${key}"`)
          .join(', ') || '(none)'
      }`,
      'mend column_mapping',
    );
  const messages = [
    ...(context === undefined || question === undefined
      ? []
      : [{ role: 'system', content: context }]),
    { role: 'user', content: question ?? context },
  ];
  return {
    ...completionOf(row, [...given, ''].join(' '), answer, messages),
    preferChat: false,
    border: 'tokens',
  };
}

/**
 * NeMo's make_squad_dataset: the first answer, stripped. A question without an answer (SQuAD 2) is
 * answered by nothing, as there.
 */
export function squadRow(row: RowReader): CompletionExample {
  const prompt = `Context: ${row.text('context')} Question: ${row.text('question')} Answer: `;
  const answers = row.row[row.name('answer') === 'answer' ? 'answers' : row.name('answer')];
  const texts = isObject(answers) ? answers['text'] : undefined;
  if (!Array.isArray(texts))
    throw row.refuse(
      '"answers" must be an object with a list "text", ' +
        `${isObject(answers) ? `its "text" is ${kindOf(texts)}` : `it is ${kindOf(answers)}`}`,
    );
  const answer = texts.length === 0 ? '' : row.asText(texts[0], 'answers.text[0]').trim();
  return {
    ...completionOf(row, prompt, answer, [{ role: 'user', content: prompt }]),
    border: 'tokens',
  };
}

/** NeMo's HellaSwag: the context and the ending that `label` names. */
export function hellaSwagRow(row: RowReader): ContinuationExample {
  const { ctx, endings, label } = row.row;
  const list = row.asList(endings, 'endings', 'texts');
  // The hub's files write the label as a text, and leave it empty in the test split.
  const index =
    typeof label === 'number'
      ? label
      : typeof label === 'string' && /^\d+$/.test(label)
        ? Number(label)
        : undefined;
  if (index === undefined || !Number.isInteger(index))
    throw row.refuse(
      '"label" must be the number of an ending, it is ' +
        `${label === '' ? 'empty, as in the test split' : kindOf(label)}`,
    );
  const target = list[index];
  if (target === undefined)
    throw row.refuse(`"label" is ${index}, there are ${list.length} endings`);
  return {
    kind: 'continuation',
    context: row.asText(ctx, 'ctx'),
    target: row.asText(target, `endings[${index}]`),
    source: row.source,
  };
}

function completionOf(
  row: RowReader,
  prompt: string,
  completion: string,
  before: readonly ChatMessage[],
): CompletionExample {
  const messages = [...before, { role: 'assistant', content: completion }];
  const chat: ChatExample = {
    kind: 'chat',
    messages,
    tools: undefined,
    trainedFrom: messages.length - 1,
    source: row.source,
  };
  return {
    kind: 'completion',
    prompt,
    completion,
    chat,
    preferChat: undefined,
    border: 'text',
    source: row.source,
  };
}
