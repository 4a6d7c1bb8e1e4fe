// From a recipe as text, overrides or object to one that is checked and complete. The first
// problem, in the order of the file, becomes the error; what has no effect becomes a note.
import { z } from 'zod';
import { applyOverrides } from '../overrides/apply-overrides.js';
import type { Override } from '../overrides/parse-overrides.js';
import { interpolate, type Environment } from '../yaml/interpolate.js';
import { printRecipe } from '../yaml/print-recipe.js';
import { readYaml } from '../yaml/read-yaml.js';
import { issuesOf } from '../issues/issue.js';
import { clipsInBackward } from './clips-in-backward.js';
import { foreignTemplates } from './foreign-templates.js';
import { meaningNotes } from './meaning-notes.js';
import { needsValidation } from './needs-validation.js';
import { normalise, type Findings, type RecipeNote } from './normalise.js';
import { outsideRefused } from './outside-refused.js';
import { overrideAt, valueAt } from './override-at.js';
import { throwFirst, type Locate } from './throw-first.js';
import { withoutUnsupported } from './without-unsupported.js';
import {
  NAMED_VALIDATION_PREFIX,
  recipeSchema,
  type Recipe,
  type ResolvedDataset,
  type ResolvedRecipe,
} from '../schema/recipe-schema.js';

/**
 * A checked recipe, what in it has no effect, and its text (overrides merged, references kept,
 * secrets hidden).
 */
export interface ParsedRecipe {
  readonly recipe: ResolvedRecipe;
  readonly notes: readonly RecipeNote[];
  readonly source: string;
}

/**
 * `file` names the recipe in errors; `overrides` win over it; `environment` is where ${NAME} is
 * looked up.
 */
export interface ParseRecipeOptions {
  readonly file?: string;
  readonly overrides?: readonly Override[];
  readonly environment?: Environment;
}

const namedValidation = z.nullable(recipeSchema.shape.dataset);

function validationSets(
  data: Readonly<Record<string, unknown>>,
  findings: Findings,
): Record<string, ResolvedDataset> {
  const sets: Record<string, ResolvedDataset> = {};
  for (const [key, value] of Object.entries(data)) {
    const checked = namedValidation.safeParse(normalise(namedValidation, value, [key], findings));
    if (!checked.success)
      findings.issues.push(...issuesOf(checked.error, namedValidation, value, [key]));
    else if (checked.data !== null) sets[key.slice(NAMED_VALIDATION_PREFIX.length)] = checked.data;
  }
  return sets;
}

/** The recipe's text; values of overrides are printed as what they became (5, not "5"). */
function sourceOf(
  written: Readonly<Record<string, unknown>>,
  overrides: readonly Override[],
  normalised: unknown,
): string {
  const typed = overrides.map((override) => {
    const value = valueAt(normalised, override.path);
    return value === undefined || typeof value === 'string' ? override : { ...override, value };
  });
  return printRecipe(applyOverrides(written, typed));
}

function check(
  written: Readonly<Record<string, unknown>>,
  overrides: readonly Override[],
  environment: Environment | undefined,
  locate: Locate,
): ParsedRecipe {
  const findings: Findings = { issues: [], notes: [] };
  const merged = applyOverrides(written, overrides);
  const data =
    environment === undefined
      ? merged
      : (interpolate(merged, environment, findings.issues) as Record<string, unknown>);
  const supported = withoutUnsupported(data, findings);
  const entries = Object.entries(supported);
  const isNamed = ([key]: [string, unknown]): boolean => key.startsWith(NAMED_VALIDATION_PREFIX);
  const main = normalise(
    recipeSchema,
    Object.fromEntries(entries.filter((entry) => !isNamed(entry))),
    [],
    findings,
  ) as Record<string, unknown>;
  const notes = meaningNotes(main);
  const named = validationSets(Object.fromEntries(entries.filter(isNamed)), findings);
  const checked = recipeSchema.safeParse(main);
  if (!checked.success)
    findings.issues.push(
      ...outsideRefused(issuesOf(checked.error, recipeSchema, main), findings.issues),
    );
  else
    findings.issues.push(
      ...foreignTemplates(checked.data, named),
      ...needsValidation(checked.data, named),
      ...clipsInBackward(checked.data),
    );
  if (findings.issues.length > 0 || !checked.success) throwFirst(findings.issues, locate);
  const { validation_dataset: plain, ...rest } = checked.data;
  return {
    recipe: {
      ...rest,
      validation_datasets: {
        ...(plain === undefined || plain === null ? {} : { default: plain }),
        ...named,
      },
    },
    notes: [...findings.notes, ...notes],
    source: sourceOf(written, overrides, main),
  };
}

/**
 * Parse and check a recipe's YAML text.
 * @throws AutomodelError `bad-recipe` or `unsupported` with file:line:column, or the option of the
 * override at fault.
 */
export function parseRecipe(text: string, options: ParseRecipeOptions = {}): ParsedRecipe {
  const { file = 'recipe', overrides = [], environment = {} } = options;
  const yaml = readYaml(text, file);
  return check(
    yaml.data,
    overrides,
    environment,
    (path, at) => overrideAt(path, overrides, yaml.data)?.option ?? yaml.locate(path, at),
  );
}

/**
 * Check a recipe given as an object. References to the environment are replaced only when
 * `environment` is given.
 * @throws AutomodelError `bad-recipe` or `unsupported` naming the key, or the option of the
 * override at fault.
 */
export function checkRecipe(
  recipe: Partial<Recipe>,
  options: Omit<ParseRecipeOptions, 'file'> = {},
): ParsedRecipe {
  const { overrides = [], environment } = options;
  return check(
    recipe,
    overrides,
    environment,
    (path) => overrideAt(path, overrides, recipe)?.option,
  );
}
