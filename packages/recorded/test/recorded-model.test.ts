// A recorded graph as a model: its parameters go through the scope where adapters attach, whatever
// they are stored in, and it may read fewer inputs than a batch has.
import { add, mul, trace, verifyGraph, type DType, type Graph } from '@automodel/core';
import type { Interceptor } from '@automodel/contracts';
import { Scope } from '@automodel/nn';
import { describe, expect, it } from 'vitest';
import { parseRecordedGraph, recordedModel } from '../src/index.js';
import { smallGraph, type WrittenGraph } from './small-graph.js';
import { traceModel } from './trace-model.js';

function traced(
  graph: WrittenGraph,
  interceptors: readonly Interceptor[] = [],
  dtypeOf: (name: string) => DType = () => 'f32',
): Graph {
  const model = recordedModel(parseRecordedGraph(JSON.stringify(graph), 'graph.json'), {
    config: {},
    file: 'graph.json',
  });
  return trace('recorded', (t) => {
    traceModel(t, model, Scope.root(t, { dtypeOf, interceptors }));
  });
}

/** Operations as they were written, without what reading parameters adds. */
const opsOf = (graph: Graph): string[] =>
  graph.nodes.map((node) => `${node.op.name} ${node.scope}`);

describe('a recorded model', () => {
  it(
    'shows linear maps of modules and of experts to interceptors, and tables and shared ' +
      'weights only as reads',
    () => {
      const seen: string[] = [];
      traced(smallGraph(), [
        {
          read: (record, next) => (seen.push(`read ${record.name}`), next()),
          linear: ({ module, x, outFeatures, bias, next }) => (
            seen.push(`linear ${module} ${x.shape.join('x')} -> ${outFeatures} ${bias}`),
            mul(next(), 2)
          ),
          groupedLinear: ({ weight, x, shape, next }) => (
            seen.push(
              `experts ${weight} ${x.shape.join('x')} -> ${shape.outFeatures} of ${shape.count} ` +
                `${shape.transposed}`,
            ),
            add(next(), 1)
          ),
        },
      ]);
      expect(seen).toEqual([
        'read embed.weight',
        'read norm.weight',
        'read norm.bias',
        'read conv.weight',
        'linear router 8x6 -> 3 false',
        'read router.weight',
        'experts experts 8x6 -> 6 of 3 true',
        'read experts',
      ]);
    },
  );

  it('is the same graph through the scope as without it', () => {
    const graph = traced(smallGraph());
    verifyGraph(graph);
    expect(
      graph.inputs.filter((v) => v.input!.kind === 'parameter').map((v) => v.input!.name),
    ).toEqual([
      'embed.weight',
      'norm.weight',
      'norm.bias',
      'conv.weight',
      'router.weight',
      'experts',
    ]);
    expect(opsOf(graph)).toContain('linear router');
    expect(opsOf(graph)).toContain('layer_norm model.layers.0.mixer');
  });

  it('reads tables and products as they are stored, and widens what arithmetic uses', () => {
    const graph = traced(smallGraph(), [], () => 'bf16');
    verifyGraph(graph);
    expect(
      graph.nodes
        .filter((node) => node.op.name === 'cast' && node.inputs[0]!.input?.kind === 'parameter')
        .map((node) => node.inputs[0]!.input!.name)
        .sort(),
    ).toEqual(['conv.weight', 'norm.bias', 'norm.weight']);
    expect(graph.outputs[0]!.value.dtype).toBe('f32');
  });

  it('keeps a bias that belongs to another module', () => {
    const graph = smallGraph();
    const router = graph.nodes.find((node) => node.op === 'linear')!;
    const bias = {
      id: 900,
      op: 'param',
      in: [],
      attrs: { name: 'shared_bias' },
      shape: [3],
      dtype: 'float32',
      scope: [],
    };
    graph.nodes.unshift(bias);
    (router['in'] as unknown[])[2] = 900;
    const at = traced(graph).nodes.findIndex(
      (node) => node.scope === 'router' && node.op.name === 'add',
    );
    expect(traced(graph).nodes[at]!.inputs[1]!.input!.name).toBe('shared_bias');
  });

  it('may read no mask', () => {
    const graph = smallGraph();
    const [mask, ids] = [
      graph.nodes.find((node) => (node['attrs'] as { name?: string }).name === 'attention_mask')!,
      graph.nodes[0]!,
    ];
    for (const node of graph.nodes)
      node['in'] = (node['in'] as unknown[]).map((operand) =>
        operand === mask.id ? ids.id : operand,
      );
    graph.nodes = graph.nodes.filter((node) => node !== mask);
    verifyGraph(traced(graph));
  });

  it('may have whole-number parameters, which keep their dtype', () => {
    const graph = smallGraph();
    const positions = graph.nodes.find((node) => node.op === 'arange')!;
    Object.assign(positions, { op: 'param', attrs: { name: 'positions' } });
    const input = traced(graph).inputs.find((v) => v.input!.name === 'positions')!;
    expect([input.input!.kind, input.dtype]).toEqual(['parameter', 'i64']);
  });
});
