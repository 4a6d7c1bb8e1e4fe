// What a report counted of rows: parts that the chat template leaves out, marks that have no
// effect, texts that become special tokens. Training goes on with all of it, so it is said before.
import { locationOf, type DatasetReport } from '@automodel/data';
import { warning, type Finding } from './finding.js';

/** What is said of rows, by the name of their list: the end of "N of M rows", and what to do. */
const REMARKS = [
  [
    'withoutReasoning',
    'have reasoning that the chat template leaves out of some messages',
    'templates drop the reasoning of earlier turns on purpose; split such chats to train all of it',
  ],
  [
    'withoutCalls',
    'have tool calls that the chat template leaves out',
    'split messages with several calls, or use a template that writes them all',
  ],
  [
    'withoutMarks',
    'have answers that the template does not mark with {% generation %}: they are not trained',
    'mark them in the template, or use one without marks',
  ],
  [
    'markedInVain',
    "mark messages as trained that are not the assistant's: they are not trained",
    'only what the assistant says is trained; remove the marks',
  ],
  [
    'spellsSpecialToken',
    'contain the text of a special token, which is read as that token',
    'remove it from the text unless you want that',
  ],
] as const;

/** One finding for each list that holds rows. */
export function rowFindings(report: DatasetReport): readonly Finding[] {
  return REMARKS.flatMap(([name, what, hint]) => {
    const { count, first } = report[name];
    const [source] = first;
    return source === undefined
      ? []
      : [warning('labels', `${count} of ${report.rows} rows ${what}`, hint, locationOf(source))];
  });
}
