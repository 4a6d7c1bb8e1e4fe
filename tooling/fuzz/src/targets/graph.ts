// Recorded graphs: what is accepted is read node for node as it stands in the text.
import { readFileSync } from 'node:fs';
import { parseRecordedGraph, recordedModel } from '@automodel/recorded';
import type { FuzzTarget } from '../fuzz-target.js';

const golden = (name: string): Buffer =>
  readFileSync(new URL(`../../../../goldens/recorded/${name}/graph.json`, import.meta.url));

/** A graph cut to a few nodes, so that mutations hit more than names of layers. */
function short(bytes: Buffer): Buffer {
  const graph = JSON.parse(bytes.toString('utf8')) as {
    nodes: { id: unknown; shape: readonly number[] }[];
    output: unknown;
  };
  const nodes = graph.nodes.slice(0, 12);
  return Buffer.from(JSON.stringify({ ...graph, nodes, output: nodes.at(-1)?.id }));
}

export const graph: FuzzTarget = {
  name: 'graph',
  seeds: [
    short(golden('opt')),
    short(golden('opt')),
    short(golden('gpt2')),
    short(golden('gpt2')),
    golden('opt'),
  ],
  read: async (bytes) => {
    await Promise.resolve();
    const text = bytes.toString('utf8');
    const read = parseRecordedGraph(text, 'graph.json');
    const written = JSON.parse(text) as {
      readonly nodes: readonly {
        readonly id: unknown;
        readonly op: unknown;
        readonly shape: unknown;
        readonly dtype: unknown;
      }[];
      readonly output: unknown;
    };
    if (read.nodes.length !== written.nodes.length || read.output !== written.output)
      throw new Error(`${read.nodes.length} nodes read, ${written.nodes.length} written`);
    for (const [i, node] of read.nodes.entries()) {
      const other = written.nodes[i]!;
      if (
        node.id !== other.id ||
        node.op !== other.op ||
        JSON.stringify(node.shape) !== JSON.stringify(other.shape)
      )
        throw new Error(`node ${i} was read as ${node.op} ${JSON.stringify(node.shape)}`);
    }
    if (written.nodes.length > 20) recordedModel(read, { config: {}, file: 'graph.json' });
  },
};
