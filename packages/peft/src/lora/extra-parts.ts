// The parts of an adapter beside its low-rank matrices, for one model: parameters trained whole and
// rows of tables, as PEFT finds them by the names in the settings.
import type { AdapterBase } from '@automodel/contracts';
import { AutomodelError } from '@automodel/core';
import { allTables, tablesOf, type Table, type Tables } from '../parts/table-names.js';
import type { TokenRows } from '../parts/token-rows.js';
import { untiedTable, wholeParameter, type WholeParameter } from '../parts/whole-parameters.js';
import type { ExtraSettings } from './extra-settings.js';
import { listBudget, matchingNames } from './name-pattern.js';

export interface ExtraParts {
  readonly tokens: readonly TokenRows[];
  readonly whole: readonly WholeParameter[];
}

/**
 * `adapted`: names of the modules with low-rank matrices. Errors: `bad-argument` naming the key for
 * names and ids that the model does not have, and for a table that is changed in two ways.
 */
export function extraParts(
  settings: ExtraSettings,
  base: AdapterBase,
  adapted: ReadonlySet<string>,
): ExtraParts {
  const tables = tablesOf(base);
  const saved = settings.modulesToSave.flatMap((name) => parametersOf(name, base));
  const whole = savedParameters(saved, settings, base, tables);
  const names = new Set(whole.map(({ name }) => name));
  const biases = biasesOf(settings.bias, base, adapted).filter(({ name }) => !names.has(name));
  const tokens = tokenRows(settings, tables);
  refuseTwice({ whole, tokens, adapted, tables });
  return { tokens, whole: [...whole, ...biases] };
}

/** PEFT takes every module whose name ends like this, with all modules inside it. */
function parametersOf(name: string, base: AdapterBase): readonly string[] {
  const found = base.parameters.filter((parameter) =>
    pathsOf(parameter.name).some((path) => path.endsWith(name)),
  );
  // a head that is tied has no parameter of its own
  const isTable = allTables(tablesOf(base)).some(({ module }) => module.endsWith(name));
  if (found.length === 0 && !isTable)
    throw new AutomodelError(
      'bad-argument',
      `modules_to_save ${JSON.stringify(name)} matches no module of the model`,
      { hint: 'names are those of modules, such as embed_tokens, lm_head or norm' },
    );
  return found.map((parameter) => parameter.name);
}

/** The modules around a parameter. */
const pathsOf = (parameter: string): readonly string[] => {
  const parts = parameter.split('.');
  return parts.slice(1).map((_, i) => parts.slice(0, i + 1).join('.'));
};

function savedParameters(
  saved: readonly string[],
  { modulesToSave, ensureWeightTying }: ExtraSettings,
  { parameters }: AdapterBase,
  tables: Tables,
): WholeParameter[] {
  const isSaved = (table: Table): boolean =>
    modulesToSave.some((name) => table.module.endsWith(name));
  const untied =
    tables.tied && !ensureWeightTying ? allTables(tables).filter(isSaved).map(untiedTable) : [];
  const replaced = new Set(untied.length > 0 ? [tables.embedding?.weight] : []);
  const shared =
    tables.tied && ensureWeightTying && allTables(tables).some(isSaved)
      ? allTables(tables)
          .slice(0, 1)
          .map(({ weight }) => weight)
      : [];
  const names = new Set([...saved, ...shared]);
  return [
    ...untied,
    ...parameters
      .filter(({ name }) => names.has(name) && !replaced.has(name))
      .map(({ name, shape }) => wholeParameter(name, shape)),
  ];
}

/** PEFT stores the bias of an adapted module below its base layer. */
function biasesOf(
  bias: ExtraSettings['bias'],
  { parameters }: AdapterBase,
  adapted: ReadonlySet<string>,
): readonly WholeParameter[] {
  if (bias === 'none') return [];
  return parameters.flatMap(({ name, shape }) => {
    if (!name.includes('bias')) return [];
    const module = name.slice(0, name.lastIndexOf('.'));
    if (adapted.has(module)) return [wholeParameter(name, shape, `${module}.base_layer.bias`)];
    return bias === 'all' ? [wholeParameter(name, shape)] : [];
  });
}

/** Rows of the embedding are rows of the head too where both are one table. */
function tokenRows({ tokenIndices }: ExtraSettings, tables: Tables): readonly TokenRows[] {
  if (tokenIndices === null) return [];
  const { embedding, head, tied } = tables;
  type Lists = readonly (readonly [table: string, ids: readonly number[]])[];
  const lists: Lists = Array.isArray(tokenIndices)
    ? [[embedding?.module ?? 'embed_tokens', tokenIndices as readonly number[]]]
    : Object.entries(tokenIndices as Readonly<Record<string, readonly number[]>>);
  const all = allTables(tables);
  const names = all.map(({ module }) => module);
  const budget = listBudget();
  return lists.map(([name, ids]) => {
    const matching = matchingNames(name, names, 'trainable_token_indices', budget);
    const table = all.find(({ module }) => matching.has(module));
    if (table === undefined)
      throw new AutomodelError(
        'bad-argument',
        `trainable_token_indices names ${name}, which is neither an embedding nor the head ` +
          'of the model',
      );
    const outside = ids.find((id) => id >= table.shape[0]);
    if (outside !== undefined)
      throw new AutomodelError(
        'bad-argument',
        `trainable_token_indices names token ${outside}, but ${table.module} has ` +
          `${table.shape[0]} rows`,
      );
    const isBoth = tied && !table.isHead && head !== undefined;
    return { table, ids, modules: isBoth ? [table.module, head.module] : [table.module] };
  });
}

interface Changes {
  readonly whole: readonly WholeParameter[];
  readonly tokens: readonly TokenRows[];
  readonly adapted: ReadonlySet<string>;
  readonly tables: Tables;
}

function refuseTwice({ whole, tokens, adapted, tables }: Changes): void {
  const saved = new Set(whole.map(({ merged }) => merged));
  const modules = [...adapted].filter((name) => saved.has(`${name}.weight`));
  const rows = allTables(tables)
    .filter(({ module }) => tokens.some((token) => token.modules.includes(module)))
    .filter(({ module }) => adapted.has(module) || saved.has(`${module}.weight`))
    .map(({ module }) => module);
  const [twice] = [...modules, ...rows];
  if (twice !== undefined)
    throw new AutomodelError(
      'bad-argument',
      `${twice} is changed in two ways: a module is in only one of target_modules, ` +
        'modules_to_save and trainable_token_indices',
    );
}
