// How much one JSON text may hold: a few bytes can be written that become any number of objects.
import { DEEPEST_VALUE } from '../jinja/values/from-javascript.js';

export interface JsonLimits {
  /** Objects, lists and what they hold. */
  readonly values: number;
  /** Values within each other. */
  readonly depth: number;
}

/** Far beyond what a row or a tokenizer is; all of them fit into the heap of a small machine. */
export const JSON_LIMITS: JsonLimits = { values: 4_000_000, depth: DEEPEST_VALUE };
