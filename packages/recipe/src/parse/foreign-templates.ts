// A run has one tokenizer and one chat template: sections of held-out rows may not ask for others.
import type { z } from 'zod';
import type { Issue, Path } from '../issues/issue.js';
import {
  NAMED_VALIDATION_PREFIX,
  type recipeSchema,
  type ResolvedDataset,
} from '../schema/recipe-schema.js';

/**
 * Held-out rows that ask for another tokenizer or template than the training rows: a run has one,
 * and would not use theirs.
 */
export function foreignTemplates(
  recipe: z.output<typeof recipeSchema>,
  named: Readonly<Record<string, ResolvedDataset>>,
): Issue[] {
  const { dataset, tokenizer, model, validation_dataset: plain, evaluation } = recipe;
  const tokenizers = [
    tokenizer?.pretrained_model_name_or_path,
    dataset.tokenizer?.pretrained_model_name_or_path,
    model.pretrained_model_name_or_path,
  ];
  const sections: readonly (readonly [Path, ResolvedDataset | null | undefined])[] = [
    [['validation_dataset'], plain],
    [['evaluation', 'dataset'], evaluation?.dataset],
    ...Object.entries(named).map(
      ([name, section]) => [[`${NAMED_VALIDATION_PREFIX}${name}`], section] as const,
    ),
  ];
  const issue = (path: Path, key: string, message: string): Issue => ({
    path: [...path, key],
    at: 'value',
    message,
    unsupported: true,
  });
  return sections.flatMap(([path, section]) => {
    const [template, own] = [
      section?.chat_template ?? undefined,
      section?.tokenizer?.pretrained_model_name_or_path,
    ];
    return [
      ...(template === undefined || template === dataset.chat_template
        ? []
        : [
            issue(
              path,
              'chat_template',
              'must be that of dataset: a run renders all rows with one template',
            ),
          ]),
      ...(own === undefined || own === tokenizers.find((name) => name !== undefined)
        ? []
        : [issue(path, 'tokenizer', 'must be that of the training rows: a run has one tokenizer')]),
    ];
  });
}
