// Which special names (`loop`, `caller`, `varargs`, `kwargs`, `self`, `super`) a body uses without
// storing them: only then they are provided.
import { childrenOf } from '../nodes/children.js';
import type { AnyNode } from '../nodes/statement.js';

export function findUndeclared(
  nodes: readonly AnyNode[],
  names: readonly string[],
): ReadonlySet<string> {
  const sought = new Set(names);
  const found = new Set<string>();
  const visit = (node: AnyNode, isTarget: boolean): void => {
    if (found.size === names.length || node.kind === 'block') return;
    if (node.kind === 'name') {
      if (node.use === 'load' && !isTarget && sought.has(node.name)) found.add(node.name);
      else sought.delete(node.name);
      return;
    }
    for (const child of childrenOf(node)) visit(child, isTarget || isTargetOf(node, child));
  };
  for (const node of nodes) visit(node, false);
  return found;
}

/** Whether a child is what its node assigns to. */
export function isTargetOf(node: AnyNode, child: AnyNode): boolean {
  if (node.kind === 'for' || node.kind === 'set' || node.kind === 'set-block')
    return child === node.target;
  return node.kind === 'with' && node.targets.includes(child as never);
}
