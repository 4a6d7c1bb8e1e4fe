// A key of the section `distributed` that is true or false.
import { AutomodelError } from '@automodel/core';

/** `standard` where the key is left out or null. Errors: `bad-recipe` for anything else. */
export function flagOption(
  options: Readonly<Record<string, unknown>>,
  key: string,
  standard: boolean,
): boolean {
  const value = options[key] ?? standard;
  if (typeof value === 'boolean') return value;
  throw new AutomodelError('bad-recipe', 'must be true or false', {
    location: `distributed.${key}`,
  });
}
