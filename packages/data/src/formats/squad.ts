// SQuAD, as NeMo's make_squad_dataset writes it.
import { isObject } from '../json/json-object.js';
import { completionOf } from '../rows/completion.js';
import type { CompletionRow } from '../rows/parsed-row.js';
import { kindOf, type RowReader } from '../rows/row-reader.js';
import { FORMAT_KEYS, type RowFormat } from './row-format.js';

export const squad: RowFormat = {
  type: 'squad',
  about: 'rows of SQuAD, as NeMo writes them',
  columns: ['context', 'question', 'answer'],
  keys: FORMAT_KEYS,
  appendsEos: false,
  nemo: [{ module: 'llm.squad', name: 'make_squad_dataset' }],
  read: squadRow,
};

/**
 * The first answer, stripped. A question without an answer (SQuAD 2) gets an empty one, as in NeMo.
 */
function squadRow(row: RowReader): CompletionRow {
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
