// From recipe sections to how much a training program keeps and how much it computes again.
import type { HuggingFaceFolder } from '@automodel/checkpoint';
import type { LanguageModel } from '@automodel/contracts';
import type { ActivationCheckpointing } from '@automodel/core';
import type { ResolvedRecipe } from '@automodel/recipe';
import type { CompileOptions, Precision } from '@automodel/session';
import { arenaBudget } from '@automodel/train';
import { optimizerStatesOf, trainedOf, type TrainedOf } from './training-settings.js';

/** What weights and states follow from. */
interface HeldOf extends TrainedOf {
  readonly model: LanguageModel;
  readonly precision: Precision;
  readonly folder: Pick<HuggingFaceFolder, 'storedDType'>;
}

/**
 * What the recipe says about the memory of activations. Errors: `out-of-memory` when weights and
 * states alone exceed its budget.
 */
export const memorySettingsOf = (
  recipe: ResolvedRecipe,
  held: HeldOf,
): Pick<CompileOptions, 'arenaBudgetBytes' | 'activationCheckpointing'> => ({
  arenaBudgetBytes: arenaBudgetOf(recipe, held),
  activationCheckpointing: activationCheckpointingOf(recipe),
});

/** Bytes that activations may take; undefined without a budget. */
function arenaBudgetOf(
  recipe: ResolvedRecipe,
  { model, precision, folder, ...trained }: HeldOf,
): number | undefined {
  const { memory } = recipe;
  if (memory.budget_gb === null) return undefined;
  return arenaBudget(memory.budget_gb * 1e9, {
    model,
    precision,
    ...trainedOf(trained),
    storedDType: (name) => folder.storedDType(name),
    optimizerStates: optimizerStatesOf(recipe),
    optimizerInBackward: memory.optimizer_in_backward,
  });
}

/** Undefined where the recipe leaves it to the plan. */
function activationCheckpointingOf({
  distributed: { activation_checkpointing: given },
}: ResolvedRecipe): ActivationCheckpointing | undefined {
  if (given === undefined || given === null) return undefined;
  if (typeof given === 'string') return given;
  return given ? 'full' : 'none';
}
