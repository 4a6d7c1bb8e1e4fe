// How deep a tree is, told while it is built from the leaves: evaluation goes as deep, and the
// stack has an end.
import { TemplateSyntaxError } from '../failures/failure.js';
import { DEEPEST_SOURCE } from '../failures/limits.js';
import type { Node } from '../nodes/expression.js';

/** The height of a node above `children`. Errors: TemplateSyntaxError where it is too deep. */
export function above(at: number, children: readonly (Node | undefined)[]): number {
  let height = 0;
  for (const child of children) if (child !== undefined) height = Math.max(height, child.height);
  if (height >= DEEPEST_SOURCE) throw tooDeep(at);
  return height + 1;
}

export function tooDeep(at: number, deepest = DEEPEST_SOURCE): TemplateSyntaxError {
  return new TemplateSyntaxError(`more than ${deepest} levels within each other`, at);
}
