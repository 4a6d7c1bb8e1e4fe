// From a recipe as text, overrides or object to one that is checked and complete. The first
// problem, in the order of the file, becomes the error; what has no effect becomes a note.
import { AutomodelError, parseDType } from '@automodel/core';
import { z } from 'zod';
import { applyOverrides } from '../overrides/apply-overrides.js';
import type { Override } from '../overrides/parse-overrides.js';
import { interpolate, type Environment } from '../yaml/interpolate.js';
import { printRecipe } from '../yaml/print-recipe.js';
import { readYaml } from '../yaml/read-yaml.js';
import { isMapping } from '../issues/is-mapping.js';
import { issuesOf, sentence, type Issue, type Path } from '../issues/issue.js';
import { normalise, type Findings, type RecipeNote } from './normalise.js';
import {
  NAMED_VALIDATION_PREFIX,
  recipeSchema,
  type Recipe,
  type ResolvedDataset,
  type ResolvedRecipe,
} from '../schema/recipe-schema.js';
import { UNSUPPORTED_SECTIONS } from '../schema/unsupported-sections.js';

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

type Locate = (path: Path, at: 'key' | 'value') => string | undefined;

const namedValidation = z.nullable(recipeSchema.shape.dataset);

/** Take out sections that are refused, or accepted because they are switched off. */
function splitUnsupported(
  data: Readonly<Record<string, unknown>>,
  findings: Findings,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(data).filter(([key, value]) => {
      if (key.startsWith('_')) {
        findings.notes.push({
          key,
          because: 'a section whose name starts with _ is only there to be referred to',
        });
        return false;
      }
      const entry = Object.hasOwn(UNSUPPORTED_SECTIONS, key)
        ? UNSUPPORTED_SECTIONS[key]
        : undefined;
      if (entry === undefined) return true;
      const off =
        value === null ||
        (entry.off !== undefined && isMapping(value) && /^false$/i.test(String(value[entry.off])));
      if (off) findings.notes.push({ key, because: 'it is switched off' });
      else
        findings.issues.push({
          path: [key],
          at: 'key',
          message: `is not supported: ${entry.because}`,
          unsupported: true,
        });
      return false;
    }),
  );
}

/** Things that mean something else than a NeMo user may expect. */
function meaningNotes(recipe: Record<string, unknown>): RecipeNote[] {
  const value = (section: string, key: string): unknown =>
    isMapping(recipe[section]) ? recipe[section][key] : undefined;
  const notes: RecipeNote[] = [];
  const strategy = value('distributed', 'strategy');
  if (strategy === 'ddp' || strategy === 'fsdp2')
    notes.push({
      key: 'distributed.strategy',
      because: `one process runs, in which ${strategy} wraps nothing`,
    });
  if (value('checkpoint', 'save_consolidated') === false)
    notes.push({
      key: 'checkpoint.save_consolidated',
      because: 'every checkpoint is a complete Hugging Face folder, and so is the result',
    });
  const dtype = value('model', 'torch_dtype');
  if (
    typeof dtype === 'string' &&
    parseDType(dtype) === 'bf16' &&
    (recipe['precision'] ?? 'auto') === 'auto'
  ) {
    notes.push({
      key: 'model.torch_dtype',
      because:
        'bf16 computes in bf16 and keeps f32 master weights; precision: bf16_pure keeps ' +
        'everything in bf16',
    });
  }
  return notes;
}

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

/**
 * Held-out rows that ask for another tokenizer or template than the training rows: a run has one,
 * and would not use theirs.
 */
function foreignTemplates(
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

/**
 * Without what is wrong inside a section whose type is refused: its keys belong to a type that is
 * not there.
 */
function outsideRefused(issues: readonly Issue[], refusals: readonly Issue[]): Issue[] {
  const sectionOf = (path: Path): string => path.slice(0, -1).join('.');
  const refused = new Set(
    refusals.filter(({ path }) => path.length > 1).map(({ path }) => sectionOf(path)),
  );
  return issues.filter(({ path }) => !refused.has(sectionOf(path)));
}

function throwFirst(issues: readonly Issue[], locate: Locate): never {
  const order = (location: string | undefined): [number, number] => {
    const [line = Infinity, column = Infinity] = (/:(\d+):(\d+)$/.exec(location ?? '') ?? [])
      .slice(1)
      .map(Number);
    return [line, column];
  };
  const located = issues.map((issue) => ({ issue, location: locate(issue.path, issue.at) }));
  located.sort((a, b) => {
    const [[line, column], [otherLine, otherColumn]] = [order(a.location), order(b.location)];
    return line === otherLine
      ? column === otherColumn
        ? 0
        : column - otherColumn
      : line - otherLine;
  });
  const { issue, location } = located[0] as (typeof located)[number];
  throw new AutomodelError(
    issue.unsupported === true ? 'unsupported' : 'bad-recipe',
    sentence(issue.path, issue.message),
    { location },
  );
}

const valueAt = (data: unknown, path: Path): unknown =>
  path.reduce<unknown>((value, key) => (isMapping(value) ? value[key] : undefined), data);

/**
 * The override to blame for a path: the last that set it or a parent of it, or, when the recipe
 * itself has nothing there, one that set something below it.
 */
function overrideAt(
  path: Path,
  overrides: readonly Override[],
  written: unknown,
): Override | undefined {
  const same = (override: Override): boolean =>
    override.path.every(
      (part, i) =>
        i >= path.length || path[i] === part || (part === 'type' && path[i] === '_target_'),
    );
  const absent = valueAt(written, path) === undefined;
  return overrides.findLast(
    (override) => same(override) && (absent || path.length >= override.path.length),
  );
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
  const supported = splitUnsupported(data, findings);
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
  else findings.issues.push(...foreignTemplates(checked.data, named));
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
  recipe: Recipe,
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
