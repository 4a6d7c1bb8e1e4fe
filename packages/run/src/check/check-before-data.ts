// Checks before a run reads its data, which can take long: the output folder can be written, the
// weights fit the model, the backend starts, held-out files exist.
import { GIVEN_ROWS } from '../open/load-section.js';
import { leadersFirst } from '../open/leaders-first.js';
import { openSection } from '../open/open-section.js';
import type { OpenedRun } from '../open/opened-run.js';
import { checkModel, type ModelOfRun } from './check-model.js';
import { checkWritable } from './check-output.js';

/**
 * Errors: those of `checkWritable` and `checkModel`, of opening the backend, and of `openSection`
 * for validation sets and the evaluation.
 */
export async function checkBeforeData(
  run: ModelOfRun & Pick<OpenedRun, 'recipe' | 'output' | 'workingDirectory' | 'backend' | 'host'>,
): Promise<void> {
  const { recipe, output, workingDirectory } = run;
  await checkWritable(output.path);
  await checkModel(run);
  await run.backend();
  const { validation_datasets: validation, evaluation } = recipe;
  const sections = [
    ...Object.values(validation),
    ...(evaluation?.dataset === undefined ? [] : [evaluation.dataset]),
  ];
  await leadersFirst(run.host, async () => {
    for (const section of sections)
      if (section.type === 'mixed' || section.path_or_dataset_id !== GIVEN_ROWS)
        await openSection(section, { workingDirectory });
  });
}
