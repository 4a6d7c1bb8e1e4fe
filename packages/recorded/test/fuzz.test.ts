// Whatever is written into graph.json: it runs, or one line says what is wrong and where. The
// mutations are drawn from Philox counters, so every run breaks the graph in the same ways.
import { AutomodelError, trace, type ErrorCode } from '@automodel/core';
import { Scope } from '@automodel/nn';
import { describe, expect, it } from 'vitest';
import { parseRecordedGraph, recordedModel } from '../src/index.js';
import { smallGraph, type WrittenGraph } from './small-graph.js';
import { traceModel } from './trace-model.js';
import { Mutations } from './graph-mutations.js';

const CODES: readonly ErrorCode[] = [
  'bad-graph',
  'bad-shape',
  'bad-argument',
  'unsupported',
  'conflict',
];

/** Reads the graph, checks it and traces it as a model. */
function open(text: string): void {
  const model = recordedModel(parseRecordedGraph(text, 'graph.json'), {
    config: { vocab_size: 11 },
    file: 'graph.json',
  });
  trace('recorded', (t) => {
    traceModel(t, model, Scope.root(t, { dtypeOf: () => 'f32' }));
  });
}

/**
 * The error's line; undefined when the graph runs. Anything but one line of an AutomodelError fails
 * the test.
 */
function refusal(text: string): AutomodelError | undefined {
  try {
    open(text);
    return undefined;
  } catch (error) {
    if (!(error instanceof AutomodelError)) throw error;
    expect(CODES, error.message).toContain(error.code);
    expect(error.message).toMatch(
      /^graph\.json(: (node \d+ \(.{0,60}\) in \S.*|nodes\[\d+\]))?: [^\n]{1,300}$/,
    );
    return error;
  }
}

describe('a broken graph', () => {
  it('is refused in one line that says where, or runs: four thousand mutations', () => {
    expect(refusal(JSON.stringify(smallGraph()))).toBeUndefined();
    const seen = new Map<string, number>();
    for (let seed = 0; seed < 4000; seed++) {
      const error = refusal(JSON.stringify(new Mutations(seed).break(smallGraph())));
      const kind = error?.code ?? 'runs';
      seen.set(kind, (seen.get(kind) ?? 0) + 1);
    }
    for (const kind of ['runs', 'bad-graph', 'bad-shape', 'unsupported'])
      expect(seen.get(kind) ?? 0, kind).toBeGreaterThan(20);
  });

  it.each([
    [
      'a million nodes',
      () => {
        const nodes = new Array<string>(1_000_000).fill('{"id":0,"op":"input"}').join();
        return `{"format":"recorded-graph/0","output":0,"nodes":[${nodes}]}`;
      },
      'graph.json: the graph has 1000000 nodes, more than 100000',
    ],
    [
      'deep nesting',
      () => `{"format":"recorded-graph/0","nodes":${'['.repeat(1_000_000)}`,
      /^graph\.json: lists and objects are nested more than 64 deep, at character \d+$/,
    ],
    ['deep nesting of objects', () => '{"a":'.repeat(100_000), /nested more than 64 deep/],
    [
      'brackets in a text',
      () => JSON.stringify({ ...smallGraph(), architecture: '[{"op"\\'.repeat(100) }),
      undefined,
    ],
  ])('%s costs little', (_what, text, message) => {
    const error = refusal(text());
    if (message === undefined) expect(error).toBeUndefined();
    else expect(error?.message).toMatch(message);
  });

  const changed = (change: (graph: WrittenGraph) => void): string => {
    const graph = smallGraph();
    change(graph);
    return JSON.stringify(graph);
  };
  const at = (graph: WrittenGraph, op: string) => graph.nodes.find((node) => node.op === op)!;
  const where = 'in model\\.layers\\.0\\.mixer';
  it.each([
    [
      'a node that is no object',
      (g: WrittenGraph) => void (g.nodes[3] = 7 as never),
      /^graph\.json: nodes\[3\]: expected an object, found 7$/,
    ],
    [
      'operands that are no list',
      (g: WrittenGraph) => void (at(g, 'cat')['in'] = 4),
      `\\(cat\\) ${where}: in must be a list of operands, not 4$`,
    ],
    [
      'an id that is no number',
      (g: WrittenGraph) => void Object.assign(g.nodes[2]!, { id: '2' }),
      /^graph\.json: nodes\[2\]: id must be a whole number of at least 0, not "2"$/,
    ],
    [
      'an operand that is missing',
      (g: WrittenGraph) => void (at(g, 'matmul')['in'] = [4]),
      `\\(matmul\\) ${where}: recorded op matmul: operand 1 is missing$`,
    ],
    [
      'an attribute of another type',
      (g: WrittenGraph) => void (at(g, 'softmax')['attrs'] = { dim: 'last' }),
      `\\(softmax\\) ${where}: recorded op softmax: attribute dim must be a`,
    ],
    [
      'a number that overflows',
      (g: WrittenGraph) => void (at(g, 'layer_norm')['attrs'] = { axes: 1, eps: 'EPS' }),
      `\\(layer_norm\\) ${where}: attribute eps must be finite, not Infinity$`,
    ],
    [
      'an infinity where none can be',
      (g: WrittenGraph) => void (at(g, 'layer_norm')['attrs'] = { axes: 1, eps: 'Infinity' }),
      `\\(layer_norm\\) ${where}: attribute eps must be finite, not "Infinity"$`,
    ],
    [
      'a size that overflows',
      (g: WrittenGraph) => void (at(g, 'full')['shape'] = [2 ** 30, 2 ** 30]),
      `\\(full\\) ${where}: shape \\[1073741824,1073741824\\] has more than 2\\^36 elements$`,
    ],
    [
      'a negative size',
      (g: WrittenGraph) => void (at(g, 'full')['shape'] = [-1]),
      `\\(full\\) ${where}: shape must be a list of whole numbers, not \\[-1\\]$`,
    ],
    [
      'an unknown input',
      (g: WrittenGraph) => void (g.nodes[1]!['attrs'] = { name: 'position_ids' }),
      `\\(input\\) ${where}: there is no input "position_ids"; a language model takes input_ids ` +
        'and attention_mask$',
    ],
    [
      'two inputs of one name',
      (g: WrittenGraph) => void (g.nodes[1]!['attrs'] = { name: 'input_ids' }),
      `\\(input\\) ${where}: input_ids is an input twice$`,
    ],
    [
      'an input of another shape',
      (g: WrittenGraph) => void (g.nodes[1]!['shape'] = [2, 5]),
      `\\(input\\) ${where}: attention_mask is i64\\[2,5\\], but the logits are for \\[2,4\\] ` +
        'tokens$',
    ],
    [
      'an output that is no logits',
      (g: WrittenGraph) => void (g['output'] = 3 - 1),
      `\\(param\\) ${where}: the output must be logits \\[rows,columns,vocabulary\\], not ` +
        'f32\\[11,6\\]$',
    ],
    [
      'another vocabulary',
      (g: WrittenGraph) => void (g['output'] = 3),
      `\\(embedding\\) ${where}: the logits are for 6 ids, config\\.json has a vocab_size of 11$`,
    ],
  ])('%s is named', (_what, change, message) => {
    expect(refusal(changed(change).replace('"EPS"', '1e999'))?.message).toMatch(
      new RegExp(message),
    );
  });

  it('that does not fit a folder is refused with the name of the tensor', () => {
    const graph = parseRecordedGraph(JSON.stringify(smallGraph()), 'graph.json');
    const tensors = new Map([['embed.weight', { shape: [11, 6], dtype: 'f32' as const }]]);
    const lookUp = () => recordedModel(graph, { config: {}, file: 'graph.json', tensors });
    const place = 'graph.json: node 4 (param) in model.layers.0.mixer';
    expect(lookUp).toThrow(
      expect.objectContaining({ message: `${place}: the weights have no tensor norm.weight` }),
    );
    tensors.set('norm.weight', { shape: [7], dtype: 'f32' });
    expect(lookUp).toThrow(/the graph states norm\.weight\[6\], the weights hold \[7\]$/);
  });
});
