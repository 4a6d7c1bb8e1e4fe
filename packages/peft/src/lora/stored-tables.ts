// Embedding and head among the tensors of an adapter. PEFT saves them, untrained, with an adapter
// that targets them or whose vocabulary was resized, under a name for each way they are wrapped,
// and sometimes under several.
import type { AdapterBase } from '@automodel/contracts';
import type { Shape } from '@automodel/core';
import { allTables, tablesOf } from '../parts/table-names.js';
import type { WholeParameter } from '../parts/whole-parameters.js';
import type { ExtraParts } from './extra-parts.js';
import { STORED_PREFIX } from './stored-modules.js';

/**
 * Where the untrained table of a module may stand; a plain name only if the module is not trained.
 */
const FROZEN = ['base_layer.weight', 'token_adapter.base_layer.weight', 'original_module.weight'];
const PLAIN = 'weight';

/** The names of the untrained tables in a file, without prefix, by the model's parameters. */
export function tablesIn(
  shapes: ReadonlyMap<string, Shape>,
  base: AdapterBase,
  whole: readonly WholeParameter[],
): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const owned = new Set(whole.map(({ name }) => name));
  const stored = new Set(whole.map((parameter) => parameter.stored));
  for (const { module, weight } of allTables(tablesOf(base))) {
    const path = [...FROZEN, PLAIN]
      .map((name) => `${module}.${name}`)
      .find((name) => shapes.has(STORED_PREFIX + name) && !stored.has(name));
    if (path !== undefined && !owned.has(weight) && !found.has(weight)) found.set(weight, path);
  }
  return found;
}

/** Where a new adapter stores the tables of a resized vocabulary that it does not train. */
export function resizedTables(
  base: AdapterBase,
  adapted: ReadonlySet<string>,
  { tokens, whole }: ExtraParts,
): ReadonlyMap<string, string> {
  const owned = new Set(whole.map(({ name }) => name));
  const found = new Map<string, string>();
  for (const { module, weight } of allTables(tablesOf(base))) {
    if (owned.has(weight) || found.has(weight)) continue;
    const hasRows = tokens.some(({ modules }) => modules.includes(module));
    const wrapped = adapted.has(module) ? 'base_layer.' : '';
    const isSaved = whole.some(({ table }) => table?.module === module);
    const path = hasRows ? 'token_adapter.base_layer.' : wrapped;
    found.set(weight, `${module}.${isSaved ? 'original_module.' : path}${PLAIN}`);
  }
  return found;
}

/** Whether a tensor only repeats one that has another name: nothing reads it. */
export function bringsOnly(name: string, base: AdapterBase): boolean {
  const { embedding, head, tied } = tablesOf(base);
  const path = name.slice(STORED_PREFIX.length);
  const repeats = (module: string, tails: readonly string[]): boolean =>
    tails.some((tail) => path === `${module}.${tail}`);
  return (
    [embedding, head].some(
      (table) =>
        table !== undefined && repeats(table.module, [...FROZEN, 'modules_to_save.weight']),
    ) ||
    (tied &&
      head !== undefined &&
      repeats(head.module, [PLAIN, 'token_adapter.trainable_tokens_delta']))
  );
}
