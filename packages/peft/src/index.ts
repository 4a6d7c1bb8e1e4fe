// LoRA for Automodel: a plugin that attaches low-rank adapters to linear modules, and the pieces it
// is made of.
import type { Adapter, AdapterBase, AdapterPlugin } from '@automodel/contracts';
import { AutomodelError } from '@automodel/core';
import { extraParts } from './lora/extra-parts.js';
import type { ExtraSettings } from './lora/extra-settings.js';
import { loraAdapter } from './lora/lora-adapter.js';
import { checkLoraOptions, type LoraOptions } from './lora/lora-options.js';
import { openLora } from './lora/open-lora.js';
import { resizedTables } from './lora/stored-tables.js';
import { targetCandidates, type TargetCandidate } from './lora/target-candidates.js';
import { matchModules } from './lora/target-modules.js';
import { tablesOf } from './parts/table-names.js';

export type { LoraOptions } from './lora/lora-options.js';
export { ALL_LINEAR, matchModules, type TargetModules } from './lora/target-modules.js';

/**
 * A new adapter for a model. Errors: see `checkLoraOptions` and
 * `matchModules`.
 */
export function createLora(options: Readonly<Record<string, unknown>>, base: AdapterBase): Adapter {
  const { targets, rank, alpha, useRslora, initializer, ...settings } = checkLoraOptions(options);
  const scale = alpha / (useRslora ? Math.sqrt(rank) : rank);
  const matched = matchModules(targetCandidates(base), targets);
  const expert = matched.find(({ experts }) => experts !== undefined);
  if (settings.useDora && expert !== undefined)
    throw new AutomodelError(
      'unsupported',
      `DoRA does not adapt experts, and ${expert.name} holds some`,
      { hint: 'leave use_dora out, or exclude the experts' },
    );
  const { embedding: table } = tablesOf(base);
  const isEmbedding = ({ name }: { readonly name: string }): boolean => name === table?.module;
  const modules = matched
    .filter((module) => !isEmbedding(module))
    .map((module) => ({ ...module, rank, scale }));
  const head = modules.find(({ name }) => name === base.head?.name);
  refuseTiedMatrices(settings, base, matched);
  const adapted = new Set(matched.map(({ name }) => name));
  const extra = extraParts(settings, base, adapted);
  return loraAdapter(
    {
      ...settings,
      rank,
      alpha,
      useRslora,
      initializer: ({ inFeatures }) => initializer(inFeatures),
    },
    {
      modules,
      ...(head === undefined ? {} : { head }),
      ...(table !== undefined && matched.some(isEmbedding)
        ? { embedding: { table, rank, scale, useDora: settings.useDora } }
        : {}),
      ...extra,
      tables: base.isResized === true ? resizedTables(base, adapted, extra) : new Map(),
    },
    base,
  );
}

/** PEFT ties low-rank matrices of embedding and head, which are stored twice. */
function refuseTiedMatrices(
  { ensureWeightTying }: ExtraSettings,
  base: AdapterBase,
  matched: readonly TargetCandidate[],
): void {
  if (ensureWeightTying && tablesOf(base).tied && matched.some(({ isTable }) => isTable))
    throw new AutomodelError(
      'unsupported',
      'peft.ensure_weight_tying does not tie low-rank matrices of embedding and head',
      { hint: 'train them whole with modules_to_save, or train rows of them' },
    );
}

/** The plugin; options given here are defaults for those of the run. */
export const lora = (defaults: LoraOptions = {}): AdapterPlugin => ({
  kind: 'adapter',
  apiVersion: 1,
  name: 'lora',
  create: (options, base) => createLora({ ...defaults, ...options }, base),
  open: openLora,
});

export default lora();
