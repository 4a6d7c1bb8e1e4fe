// Comparisons of any values, by their operators.
import type { Comparison } from '../nodes/expression.js';
import { equals } from '../python/equality.js';
import { isIn } from '../python/iteration.js';
import { isOrdered } from '../python/order.js';
import type { Run } from '../values/run.js';
import type { Value } from '../values/value.js';

type Compare = (run: Run, left: Value, right: Value) => boolean;

/** Also what the tests of these names do. */
export const COMPARE: Readonly<Record<Comparison, Compare>> = {
  '==': equals,
  '!=': (run, left, right) => !equals(run, left, right),
  '<': (run, left, right) => isOrdered(run, '<', left, right),
  '<=': (run, left, right) => isOrdered(run, '<=', left, right),
  '>': (run, left, right) => isOrdered(run, '>', left, right),
  '>=': (run, left, right) => isOrdered(run, '>=', left, right),
  in: isIn,
  'not in': (run, left, right) => !isIn(run, left, right),
};
