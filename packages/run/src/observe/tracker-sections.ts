// Which trackers a recipe asks for: its sections `tensorboard`, `mlflow` and `wandb`, unless they
// are null or switched off.
import type { ResolvedRecipe } from '@automodel/recipe';

export interface TrackerSection {
  readonly name: string;
  readonly options: Readonly<Record<string, unknown>>;
}

export function trackerSections({
  tensorboard,
  mlflow,
  wandb,
}: Pick<ResolvedRecipe, 'tensorboard' | 'mlflow' | 'wandb'>): TrackerSection[] {
  return Object.entries({ tensorboard, mlflow, wandb }).flatMap(([name, section]) => {
    if (section === null || section.enable === false) return [];
    const options = Object.entries(section).filter(
      ([key, value]) => key !== 'enable' && value !== undefined && value !== null,
    );
    return [{ name, options: Object.fromEntries(options) }];
  });
}
