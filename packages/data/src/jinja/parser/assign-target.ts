// What can be assigned to: names, `namespace.attribute` and tuples of them.
import { TemplateSyntaxError } from '../failures/failure.js';
import type { Expression } from '../nodes/expression.js';

/** Errors: TemplateSyntaxError. */
export function assertTarget(target: Expression): void {
  if (target.kind === 'tuple') for (const item of target.items) assertTarget(item);
  else if (target.kind !== 'name' && target.kind !== 'namespace')
    throw new TemplateSyntaxError(`can't assign to '${target.kind}'`, target.at);
}
