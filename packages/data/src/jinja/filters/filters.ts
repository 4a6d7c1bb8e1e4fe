// All filters by name.
import type { BuiltinTable } from '../values/builtin.js';
import { lazyFilters } from './lazy-filters.js';
import { numberFilters } from './number-filters.js';
import { otherFilters } from './other-filters.js';
import { sequenceFilters } from './sequence-filters.js';
import { textFilters } from './text-filters.js';

export const FILTERS: BuiltinTable = new Map([
  ...textFilters,
  ...numberFilters,
  ...sequenceFilters,
  ...lazyFilters,
  ...otherFilters,
]);

/** Filters of Jinja that this engine leaves out: they are refused by name. */
export const REFUSED_FILTERS: ReadonlySet<string> = new Set([
  'pprint',
  'random',
  'urlize',
  'xmlattr',
]);
