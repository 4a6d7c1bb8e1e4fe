// silu and gelu from primitives, and gates: activation(gate) * up in one op, wherever gate and up
// come from.
import { gatedActivation, gelu, type Node, sameShape, silu, type Value } from '@automodel/core';
import { knownActivation, type KnownActivation } from './known-activation.js';
import { bothOrders, numberOf } from './recognize-value.js';
import type { MissedStructure } from '@automodel/contracts';
import type { Emit, Pattern, Subject } from './pattern.js';

const spelled: Readonly<Record<string, boolean>> = { silu: true, gelu: true, gelu_tanh: true };

export const activations: Pattern = {
  name: 'fuse-activations',
  summary: 'silu and gelu from primitives',
  find: (subject) => {
    const matches = new Map<Node, Emit>();
    for (const node of subject.graph.nodes) {
      if (node.op.name !== 'mul' && node.op.name !== 'div') continue;
      const known = knownActivation(node.outputs[0]);
      if (known === undefined || spelled[known.activation] !== true) continue;
      matches.set(node, ({ tensorOf }) =>
        known.activation === 'silu'
          ? silu(tensorOf(known.of))
          : gelu(tensorOf(known.of), known.activation === 'gelu' ? 'none' : 'tanh'),
      );
    }
    return { matches, missed: [] };
  },
};

export const gates: Pattern = {
  name: 'fuse-gates',
  summary: 'gated_activation from products with an activation',
  find: (subject) => {
    const matches = new Map<Node, Emit>();
    const missed: MissedStructure[] = [];
    const inside = new Set<Value>();
    for (const node of subject.graph.nodes.toReversed()) {
      const gate = inside.has(node.outputs[0]) ? undefined : matchGate(subject, node);
      if (gate === undefined) continue;
      collectBetween(gate.activated, gate.known.of, inside);
      if (gate.shared)
        missed.push({
          pattern: gates.name,
          scope: node.scope,
          reason: `something else reads the ${gate.known.activation} of the gate`,
        });
      else
        matches.set(node, ({ tensorOf }) =>
          gatedActivation(tensorOf(gate.known.of), tensorOf(gate.up), gate.known.activation),
        );
    }
    return { matches, missed };
  },
};

interface Gate {
  readonly activated: Value;
  readonly known: KnownActivation;
  readonly up: Value;
  readonly shared: boolean;
}

/**
 * activation(gate) * up in either order; when both factors are activations, the one that is not a
 * sigmoid.
 */
function matchGate(subject: Subject, node: Node): Gate | undefined {
  if (node.op.name !== 'mul') return undefined;
  const found = bothOrders(node).flatMap(([activated, up]): Gate[] => {
    const type = node.outputs[0];
    if (
      activated === up ||
      subject.isData(up) ||
      numberOf(up) !== undefined ||
      !sameShape(activated.shape, type.shape) ||
      !sameShape(up.shape, type.shape)
    )
      return [];
    const known = knownActivation(activated);
    return known === undefined || known.of.dtype !== up.dtype
      ? []
      : [{ activated, known, up, shared: !subject.onlyFor(activated, node) }];
  });
  return (
    found.find((gate) => gate.known.activation !== 'sigmoid' && !gate.shared) ??
    found.find((gate) => !gate.shared) ??
    found[0]
  );
}

/**
 * Values that `value` is computed through from `of`: an activation may itself be spelled with
 * products.
 */
function collectBetween(activated: Value, of: Value, into: Set<Value>): void {
  const pending = [activated];
  for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
    if (value === of || into.has(value)) continue;
    into.add(value);
    for (const operand of value.node?.inputs ?? [])
      if (operand !== undefined) pending.push(operand);
  }
}
