// Looks at data without a model or tokenizer: the files are there, their rows can be read, and each
// has the columns of its type. `check` can so say what is wrong with the data even where the model
// cannot be opened, and with every data set where one of them ends loading.
import {
  isMistake,
  parseRow,
  readRows,
  WrongRows,
  type DataFile,
  type FormatOptions,
} from '@automodel/data';
import type { ResolvedDataset, ResolvedSection } from '@automodel/recipe';
import { GIVEN_ROWS } from '../open/load-section.js';
import { formatOf, openSection } from '../open/open-section.js';
import type { OpenedRun } from '../open/opened-run.js';
import { findingsOf, type Finding } from './finding.js';

/** Rows of a file that are looked at. */
const MAX_ROWS = 10_000;

type Looking = Pick<OpenedRun, 'recipe' | 'workingDirectory'>;

/** What is wrong with the files and rows of the training and validation sets. */
export const checkDataFiles = ({
  recipe,
  workingDirectory,
}: Looking): Promise<readonly Finding[]> =>
  findingsOfSets(
    'data',
    [recipe.dataset, ...Object.values(recipe.validation_datasets)],
    workingDirectory,
  );

/** The same of the rows that `evaluation` asks about. */
export const checkEvaluation = ({
  recipe: { evaluation },
  workingDirectory,
}: Looking): Promise<readonly Finding[]> =>
  findingsOfSets(
    'evaluation',
    evaluation?.dataset === undefined ? [] : [evaluation.dataset],
    workingDirectory,
  );

async function findingsOfSets(
  check: string,
  sets: readonly ResolvedDataset[],
  workingDirectory: string,
): Promise<readonly Finding[]> {
  const found: Finding[] = [];
  const single = sets.flatMap((set): readonly ResolvedSection[] =>
    set.type === 'mixed' ? set.datasets : [set],
  );
  for (const section of single)
    if (section.path_or_dataset_id !== GIVEN_ROWS)
      found.push(...(await findingsOfSet(check, section, workingDirectory)));
  return found;
}

async function findingsOfSet(
  check: string,
  section: ResolvedSection,
  workingDirectory: string,
): Promise<readonly Finding[]> {
  const wrong = new WrongRows();
  try {
    const files = await openSection(section, { workingDirectory });
    for (const file of files) await readFirst(file, formatOf(section), wrong);
    wrong.throwIfAny();
    return [];
  } catch (error) {
    return findingsOf(check, wrong.before(error));
  }
}

/** Errors: those of reading; a row that is read and has the wrong columns goes to `wrong`. */
async function readFirst(file: DataFile, format: FormatOptions, wrong: WrongRows): Promise<void> {
  let count = 0;
  for await (const { value, source } of readRows(file)) {
    if (++count > MAX_ROWS) return;
    try {
      parseRow(value, source, format);
    } catch (error) {
      if (!isMistake(error)) throw error;
      wrong.add(error);
    }
  }
}
