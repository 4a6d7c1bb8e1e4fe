// Graphs as readable typed text, one line a node; tests are snapshots of this print.
import { formatType } from '../tensor/shape.js';
import {
  streamOf,
  type Attributes,
  type AttributeValue,
  type Graph,
  type Node,
  type Value,
} from './graph.js';

const name = (value: Value | undefined): string =>
  value === undefined ? '-' : (value.input?.name ?? `%${value.id}`);

const typed = (value: Value): string => `${name(value)}: ${formatType(value)}`;

function formatAttribute(value: AttributeValue): string {
  if (value === null || typeof value !== 'object')
    return typeof value === 'bigint' || typeof value === 'number'
      ? String(value)
      : JSON.stringify(value);
  const items = Array.from(value as ArrayLike<number | bigint | string>, String);
  return items.length > 12
    ? `[${items.slice(0, 8).join(',')},… ${items.length}]`
    : `[${items.join(',')}]`;
}

/** Attributes as `{a: 1, b: [0,1]}`; empty text when there are none. */
export function formatAttributes(attrs: Attributes): string {
  const entries = Object.entries(attrs).filter(([, v]) => v !== null);
  return entries.length === 0
    ? ''
    : ` {${entries.map(([k, v]) => `${k}: ${formatAttribute(v)}`).join(', ')}}`;
}

/** One line: results, op, operands, attributes, scope and phase. */
export function printNode(node: Node): string {
  const place = [
    node.scope,
    node.phase === 'forward' ? '' : node.phase,
    streamOf(node) === 'compute' ? '' : streamOf(node),
  ]
    .filter((s) => s !== '')
    .join(' ');
  const call =
    `${node.outputs.map(typed).join(', ')} = ` +
    `${node.op.name}(${node.inputs.map(name).join(', ')})${formatAttributes(node.attrs)}`;
  return place === '' ? call : `${call}  # ${place}`;
}

/** The whole graph as text. `from` and `to` limit the printed nodes. */
export function printGraph(graph: Graph, nodes: readonly Node[] = graph.nodes): string {
  const lines = [`graph ${graph.name}`];
  for (const kind of ['parameter', 'state', 'batch', 'scalar'] as const) {
    const inputs = graph.inputs.filter((v) => v.input.kind === kind);
    for (const value of inputs) lines.push(`  ${kind} ${typed(value)}`);
  }
  for (const node of nodes) lines.push(`  ${printNode(node)}`);
  for (const output of graph.outputs) lines.push(`  output ${output.name} = ${name(output.value)}`);
  for (const assign of graph.assigns)
    lines.push(`  assign ${name(assign.target)} <- ${name(assign.value)}`);
  return lines.join('\n');
}
