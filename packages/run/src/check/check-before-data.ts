// What a run looks at before it reads its data, which can take long: a place to write, weights that
// fit the model, a backend that starts, held-out files that are there.
import { GIVEN_ROWS } from '../open/load-section.js';
import { openSection } from '../open/open-section.js';
import type { RunContainer } from '../open/run-container.js';
import { PARTS } from '../open/tokens.js';
import { checkModel } from './check-model.js';
import { checkWritable } from './check-output.js';

/**
 * Errors: those of `checkWritable` and `checkModel`, of opening the backend, and of `openSection`
 * for validation sets and the evaluation.
 */
export async function checkBeforeData(parts: RunContainer): Promise<void> {
  await checkWritable(parts.get(PARTS.output).path);
  await checkModel(parts);
  await parts.get(PARTS.backend);
  const { validation_datasets: validation, evaluation } = parts.get(PARTS.recipe).recipe;
  const sections = [
    ...Object.values(validation),
    ...(evaluation?.dataset === undefined ? [] : [evaluation.dataset]),
  ];
  for (const section of sections)
    if (section.type === 'mixed' || section.path_or_dataset_id !== GIVEN_ROWS)
      await openSection(section, { workingDirectory: parts.get(PARTS.workingDirectory) });
}
