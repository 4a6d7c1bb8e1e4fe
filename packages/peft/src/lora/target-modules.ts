// Which linear modules an adapter attaches to: NeMo's patterns, PEFT's suffix names and regular
// expressions, or all. Nothing matched is an error that shows what there is.
import { AutomodelError } from '@automodel/core';
import type { LinearModule } from '@automodel/contracts';
import type { MatchingBudget } from '@automodel/data';
import { listBudget, matchingNames } from './name-pattern.js';

/**
 * What to match: one text or a list. `*_proj` is a pattern over the whole name, `q_proj` a suffix,
 * `.*\.(q|v)_proj` a regular expression, `all-linear` everything.
 */
export interface TargetModules {
  readonly targets: string | readonly string[];
  readonly exclude?: string | readonly string[] | undefined;
}

/** The target that means every linear module. */
export const ALL_LINEAR = 'all-linear';

const SHOWN = 8;
/** Embeddings and heads of the known families: models use them outside linear modules. */
const NO_LINEAR = /(^|\.)(embed_tokens|wte|lm_head|embed_out|word_embeddings)(\.|$)/;

/** The embedding or head that a dotted name leads to. */
export const embeddingIn = (name: string): string | undefined => NO_LINEAR.exec(name)?.[2];

/**
 * `all-linear` means modules as PEFT does: the matrices of experts are parameters, which are named.
 */
function moduleTest(
  target: string,
  modules: readonly Matchable[],
  key: string,
  budget: MatchingBudget,
): (module: Matchable) => boolean {
  if (target === ALL_LINEAR) return ({ experts, isTable }) => experts === undefined && !isTable;
  const matching = matchingNames(target, modules.map(nameOf), key, budget);
  return ({ name, isTable }) =>
    matching.has(name) && (isTable !== true || namesTable(target, name));
}

/** A module, or a table, which has to be named. */
type Matchable = LinearModule & { readonly isTable?: boolean };

const nameOf = ({ name }: LinearModule): string => name;
const lastPart = (name: string): string => name.slice(name.lastIndexOf('.') + 1);
const namesTable = (target: string, table: string): boolean => target.includes(lastPart(table));

const listOf = (value: string | readonly string[] = []): readonly string[] =>
  typeof value === 'string' ? [value] : value;

/**
 * The modules that match, in the order given.
 * Errors: `bad-argument` for a target that matches nothing, listing the names there are; it says so
 * if a target names an embedding or the head.
 */
export function matchModules<M extends Matchable>(
  modules: readonly M[],
  { targets, exclude }: TargetModules,
): readonly M[] {
  const budget = listBudget();
  const tests = (list: readonly string[], key: string) =>
    list.map((target) => ({ target, test: moduleTest(target, modules, key, budget) }));
  const wanted = tests(listOf(targets), 'target_modules');
  const excluded = tests(listOf(exclude), 'exclude_modules');
  for (const { target, test } of [...wanted, ...excluded])
    if (!modules.some(test)) throw noMatch(target, modules);
  const matched = modules.filter(
    (module) =>
      wanted.some(({ test }) => test(module)) && !excluded.some(({ test }) => test(module)),
  );
  if (matched.length === 0)
    throw new AutomodelError('bad-argument', 'exclude_modules leaves no module to adapt', {
      hint: namesOf(modules),
    });
  return matched;
}

/** The last parts of the names, which is how people write targets. */
function namesOf(modules: readonly LinearModule[]): string {
  const kinds = [...new Set(modules.map(({ name }) => lastPart(name)))];
  const others = kinds.length > SHOWN ? ' and others' : '';
  const example = modules[0]?.name ?? '(none)';
  return `linear modules: ${kinds.slice(0, SHOWN).join(', ')}${others}; such as ${example}`;
}

function noMatch(target: string, modules: readonly LinearModule[]): AutomodelError {
  const special = embeddingIn(target);
  const why =
    special === undefined
      ? 'matches no linear module'
      : `names ${special}, which this model computes inside its graph`;
  return new AutomodelError('bad-argument', `target_modules ${JSON.stringify(target)} ${why}`, {
    hint: namesOf(modules),
  });
}

/**
 * How to write the matched modules in adapter_config.json: PEFT's suffix names where they mean the
 * same, else full names. Sorted.
 */
export function targetNames(
  matched: readonly LinearModule[],
  modules: readonly LinearModule[],
): readonly string[] {
  const suffixes = [
    ...new Set(matched.map(({ name }) => name.slice(name.lastIndexOf('.') + 1))),
  ].sort();
  const names = modules.map(nameOf);
  const meant = new Set(suffixes.flatMap((suffix) => [...matchingNames(suffix, names)]));
  const same = names.filter((name) => meant.has(name)).length === matched.length;
  return same ? suffixes : matched.map(({ name }) => name).sort();
}
