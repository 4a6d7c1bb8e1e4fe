// What a run finds by name, all of it.
import { FILTERS, REFUSED_FILTERS } from '../filters/filters.js';
import type { Lookup } from '../values/run.js';
import { TESTS } from '../tests/tests.js';
import { getAttribute, getItem } from '../lookup/lookup.js';

export const LOOKUP: Lookup = {
  attribute: getAttribute,
  item: getItem,
  filters: FILTERS,
  refusedFilters: REFUSED_FILTERS,
  tests: TESTS,
};
