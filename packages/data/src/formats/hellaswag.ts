// HellaSwag, as NeMo writes it: a context and one of several endings.
import type { ContinuationRow } from '../rows/parsed-row.js';
import { plainNumber } from '../json/plain-number.js';
import { kindOf, type RowReader } from '../rows/row-reader.js';
import type { RowFormat } from './row-format.js';

export const hellaswag: RowFormat = {
  type: 'hellaswag',
  about: 'rows of HellaSwag, as NeMo writes them',
  columns: [],
  keys: ['append_eos'],
  appendsEos: false,
  nemo: [{ module: 'llm.hellaswag', name: 'HellaSwag' }],
  read: hellaSwagRow,
};

/** The context and the ending that `label` names. */
function hellaSwagRow(row: RowReader): ContinuationRow {
  const { ctx, endings, label } = row.row;
  const list = row.asList(endings, 'endings', 'texts');
  const index = indexOf(label);
  if (index === undefined)
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

/** The hub's files write the label as a text, and leave it empty in the test split. */
function indexOf(label: unknown): number | undefined {
  const index =
    typeof label === 'string' && /^\d+$/.test(label) ? Number(label) : plainNumber(label);
  return typeof index === 'number' && Number.isInteger(index) ? index : undefined;
}
