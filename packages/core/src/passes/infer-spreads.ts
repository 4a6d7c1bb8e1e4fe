// Which values of a graph differ over the ranks of one axis of the mesh, and how: every op says
// what it makes of its operands. A pass that shares out the work of a graph checks its result here.
import { AutomodelError } from '../error.js';
import type { Graph, Node, Value } from '../graph/graph.js';
import { nameAt } from '../ops/support/name-list.js';
import { formatSpread, replicated, sameSpread, type Spread } from '../ops/support/spread.js';

const nodeText = ({ op, scope }: Node): string => `${op.name}${scope === '' ? '' : ` in ${scope}`}`;

/**
 * The spread of every value over `axis`. `inputs`: spreads of inputs by name; the others are
 * replicated. Errors: `bad-graph` for an op that has no meaning on the spreads of its operands,
 * naming op, scope and operand; for a name that is not that of an input.
 */
export function inferSpreads(
  graph: Graph,
  axis: string,
  inputs: ReadonlyMap<string, Spread>,
): ReadonlyMap<Value, Spread> {
  const spreads = new Map<Value, Spread>();
  for (const value of graph.inputs) spreads.set(value, inputs.get(value.input.name) ?? replicated);
  const names = new Set(graph.inputs.map(({ input }) => input.name));
  for (const name of inputs.keys())
    if (!names.has(name))
      throw new AutomodelError('bad-graph', `graph ${graph.name} has no input ${name}`);
  for (const node of graph.nodes) {
    const operands = node.inputs.map((value) =>
      value === undefined ? undefined : spreads.get(value),
    );
    const results = resultsOfNode(node, operands, axis);
    node.outputs.forEach((value, i) => spreads.set(value, results[i] ?? replicated));
  }
  return spreads;
}

function resultsOfNode(
  node: Node,
  operands: readonly (Spread | undefined)[],
  axis: string,
): readonly Spread[] {
  const { op, inputs, outputs, attrs } = node;
  const nameOf = (index: number): string => nameAt(op.operands, index);
  const refuse = (name: string, why: string): never => {
    const spread = operands.find((_, i) => nameOf(i) === name) ?? replicated;
    throw new AutomodelError(
      'bad-graph',
      `${nodeText(node)}: operand ${name} is ${formatSpread(spread)} over ${axis}: ${why}`,
    );
  };
  if (op.spread !== undefined)
    return op.spread(operands, attrs, { axis, operands: inputs, outputs, refuse });
  const wrong = operands.findIndex((s) => s !== undefined && s.kind !== 'replicated');
  return wrong === -1
    ? outputs.map(() => replicated)
    : refuse(nameOf(wrong), 'the op has no rule for values that differ over ranks');
}

/**
 * Throws `bad-graph` where a value that is a sum over ranks reaches a nonlinear op, an assign or an
 * output, or an assign has another spread than its target. Otherwise as inferSpreads.
 */
export function verifySpreads(
  graph: Graph,
  axis: string,
  inputs: ReadonlyMap<string, Spread>,
): ReadonlyMap<Value, Spread> {
  const spreads = inferSpreads(graph, axis, inputs);
  const fail = (what: string): never => {
    throw new AutomodelError('bad-graph', `graph ${graph.name}: ${what}`);
  };
  const of = (value: Value): Spread => spreads.get(value) ?? replicated;
  for (const { name, value } of graph.outputs)
    if (of(value).kind === 'partial')
      fail(`output ${name} is partial over ${axis}: ranks must be added first`);
  for (const { target, value } of graph.assigns) {
    const { name } = target.input;
    if (of(value).kind === 'partial')
      fail(`what ${name} is assigned is partial over ${axis}: ranks must be added first`);
    if (!sameSpread(of(value), of(target)))
      fail(
        `${name} is ${formatSpread(of(target))} over ${axis}, but what it is assigned is ` +
          formatSpread(of(value)),
      );
  }
  return spreads;
}
