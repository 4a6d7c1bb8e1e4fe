// The passes that decide when weights are whole: freed after the forward pass or not, gathered a
// unit ahead or not.
import { AutomodelError, type Pass } from '@automodel/core';
import { groupGathers, groupReductions } from './group-collectives.js';
import { regather } from './regather.js';

/**
 * From `reshard_after_forward` (default true) and `enable_fsdp2_prefetch` (default true). Errors:
 * `bad-recipe` for what is not true or false.
 */
export function unitPasses(options: Readonly<Record<string, unknown>>): readonly Pass[] {
  const reshards = booleanOption(options, 'reshard_after_forward');
  const prefetch = booleanOption(options, 'enable_fsdp2_prefetch');
  return [...(reshards ? [regather] : []), groupGathers(prefetch), groupReductions];
}

function booleanOption(options: Readonly<Record<string, unknown>>, key: string): boolean {
  const value = options[key] ?? true;
  if (typeof value === 'boolean') return value;
  throw new AutomodelError('bad-recipe', 'must be true or false', {
    location: `distributed.${key}`,
  });
}
