// Recorded graphs of the golden folders give the logits of their golden file on the reference run,
// and broken graphs are refused by node and scope.
import { readFile } from 'node:fs/promises';
import { openSafetensors, readTensor } from '@automodel/checkpoint';
import {
  hostTensor,
  runReference,
  trace,
  verifyGraph,
  type Graph,
  type HostTensor,
} from '@automodel/core';
import { describe, expect, it } from 'vitest';
import { importGraph, parseRecordedGraph } from '../src/index.js';

const models = new URL('../../../goldens/models/', import.meta.url).pathname;

async function readAll(path: string): Promise<Map<string, HostTensor>> {
  const result = new Map<string, HostTensor>();
  for (const tensor of (await openSafetensors(path)).tensors)
    result.set(
      tensor.name,
      hostTensor(
        tensor.storageType === 'I64' ? 'i64' : 'f32',
        tensor.shape,
        (await readTensor(tensor)) as ArrayLike<number | bigint>,
      ),
    );
  return result;
}

const imported = (text: string): Graph =>
  trace('recorded', (t) =>
    t.output('logits', importGraph(t, parseRecordedGraph(text, 'graph.json'))),
  );

/** Largest difference where attention_mask is 1, over the largest wanted logit there. */
function relativeError(logits: HostTensor, want: HostTensor, mask: HostTensor): number {
  const vocabulary = want.shape[2]!;
  let [worst, largest] = [0, 0];
  for (let i = 0; i < want.data.length; i++) {
    if (mask.data[Math.floor(i / vocabulary)] !== 1n) continue;
    worst = Math.max(worst, Math.abs(Number(want.data[i]) - Number(logits.data[i])));
    largest = Math.max(largest, Math.abs(Number(want.data[i])));
  }
  return worst / largest;
}

describe('recorded graphs of the golden models', () => {
  it.each(['llama-gqa', 'llama-tied', 'mistral', 'qwen2', 'qwen3', 'gemma2', 'gemma3'])(
    '%s gives the logits PyTorch gave',
    async (name) => {
      const graph = imported(await readFile(`${models}${name}/graph.json`, 'utf8'));
      verifyGraph(graph);
      const golden = await readAll(`${models}${name}/golden.safetensors`);
      const feeds = new Map([...golden, ...(await readAll(`${models}${name}/model.safetensors`))]);
      const logits = runReference(graph, feeds).outputs.get('logits')!;
      expect(
        relativeError(logits, golden.get('logits')!, golden.get('attention_mask')!),
      ).toBeLessThan(1e-5);
    },
  );
});

const node = (fields: object): object => ({
  attrs: {},
  shape: [2],
  dtype: 'float32',
  scope: ['model.norm:Norm'],
  ...fields,
});
const graphOf = (nodes: object[], output = 0): string =>
  JSON.stringify({ format: 'recorded-graph/0', architecture: 'Test', output, nodes });
const x = node({ id: 0, op: 'input', in: [], attrs: { name: 'x' } });

describe('broken graphs', () => {
  it.each([
    [
      'an unknown op',
      graphOf([x, node({ id: 1, op: 'frobnicate', in: [0] })], 1),
      /node 1 \(frobnicate\) in model\.norm: recorded op "frobnicate" is not known/,
    ],
    [
      'a forward reference',
      graphOf([node({ id: 1, op: 'neg', in: [2] }), x], 1),
      /node 1 \(neg\) in model\.norm: operand 2 is not defined before it/,
    ],
    [
      'a shape the rules contradict',
      graphOf([x, node({ id: 1, op: 'neg', in: [0], shape: [3] })], 1),
      /the shape rules give f32\[2\], the file states f32\[3\]/,
    ],
    ['a duplicate id', graphOf([x, x]), /node 0 \(input\) in model\.norm: the id is used twice/],
    ['a missing output', graphOf([x], 7), /output 7 is not a node/],
    [
      'another format',
      '{"format":"recorded-graph/9","nodes":[]}',
      /graph\.json: the format must be "recorded-graph\/0"/,
    ],
    ['text that is no JSON', '{', /graph\.json: not valid JSON/],
  ])('%s is refused', (_what, text, message) => {
    expect(() => imported(text)).toThrow(message);
  });

  it.each([
    ['value', '1e999', false],
    ['value', '"Infinity"', true],
    ['value', '"NaN"', true],
    ['eps', '1e999', false],
    ['eps', '"Infinity"', false],
    ['eps', '1e-5', true],
  ])('the attribute %s of %s is taken: %s', (key, written, taken) => {
    const clamped = node({ id: 1, op: 'neg', in: [0], attrs: { [key]: '@' } });
    const parse = (): unknown =>
      parseRecordedGraph(graphOf([x, clamped], 1).replace('"@"', written), 'graph.json');
    if (taken) expect(parse).not.toThrow();
    else expect(parse).toThrow(`attribute ${key} must be finite`);
  });

  it('keeps integers beyond 2^53 and tells 1 from 1.0', () => {
    const graph = imported(
      graphOf(
        [
          node({ id: 0, op: 'input', in: [], attrs: { name: 'n' }, dtype: 'int64' }),
          node({ id: 1, op: 'add', in: [0, { c: '@' }], dtype: 'int64' }),
        ],
        1,
      ).replace('"@"', '9007199254740993'),
    );
    const n = hostTensor('i64', [2], [0n, 1n]);
    expect([...runReference(graph, new Map([['n', n]])).outputs.get('logits')!.data]).toEqual([
      9007199254740993n,
      9007199254740994n,
    ]);
    const floats = graphOf(
      [
        node({ id: 0, op: 'input', in: [], attrs: { name: 'n' }, dtype: 'int64' }),
        node({ id: 1, op: 'add', in: [0, { c: '@' }] }),
      ],
      1,
    ).replace('"@"', '1.0');
    expect(imported(floats).outputs[0]!.value.dtype).toBe('f32');
  });
});
