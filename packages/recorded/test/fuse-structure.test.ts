// Structural fusion on recordings of real models: everything is recognised, and results and
// gradients stay what they were.
import { readFileSync } from 'node:fs';
import { openSafetensors, readTensor } from '@automodel/checkpoint';
import {
  fuseStructure,
  importGraph,
  parseRecordedGraph,
  type StructureOptions,
} from '../src/index.js';
import {
  gradients,
  hostTensor,
  mul,
  runReference,
  sizeOf,
  sum,
  trace,
  Trace,
  type Graph,
  type HostTensor,
} from '@automodel/core';
import { describe, expect, it } from 'vitest';

const goldens = new URL('../../../goldens/', import.meta.url).pathname;

const recording = (folder: string): Graph =>
  trace('recorded', (t) =>
    t.output(
      'logits',
      importGraph(
        t,
        parseRecordedGraph(readFileSync(`${goldens}${folder}/graph.json`, 'utf8'), 'graph.json'),
      ),
    ),
  );

const fused = (graph: Graph, options: StructureOptions = {}): ReturnType<typeof fuseStructure> =>
  fuseStructure(graph, { attentionMask: 'attention_mask', verify: true, ...options });

describe('what is recognised', () => {
  // Layers have two rotations each; OPT and GPT-2 record their layer_norms as one op; mamba2 has no
  // attention.
  it.each([
    ['models/llama-gqa', { 'fuse-norms': 5, 'fuse-rope': 4, 'fuse-gates': 2, 'fuse-attention': 2 }],
    [
      'models/llama-tied',
      { 'fuse-norms': 5, 'fuse-rope': 4, 'fuse-gates': 2, 'fuse-attention': 2 },
    ],
    ['models/mistral', { 'fuse-norms': 5, 'fuse-rope': 4, 'fuse-gates': 2, 'fuse-attention': 2 }],
    ['models/qwen2', { 'fuse-norms': 5, 'fuse-rope': 4, 'fuse-gates': 2, 'fuse-attention': 2 }],
    ['models/qwen3', { 'fuse-norms': 13, 'fuse-rope': 6, 'fuse-gates': 3, 'fuse-attention': 3 }],
    ['models/gemma2', { 'fuse-norms': 17, 'fuse-rope': 8, 'fuse-gates': 4, 'fuse-attention': 4 }],
    ['models/gemma3', { 'fuse-norms': 43, 'fuse-rope': 14, 'fuse-gates': 7, 'fuse-attention': 7 }],
    [
      'recorded/deepseek_v3',
      { 'fuse-norms': 9, 'fuse-rope': 4, 'fuse-gates': 3, 'fuse-attention': 2 },
    ],
    ['recorded/gpt2', { 'fuse-activations': 2, 'fuse-attention': 2 }],
    ['recorded/gpt_oss', { 'fuse-norms': 5, 'fuse-rope': 4, 'fuse-gates': 2, 'fuse-attention': 2 }],
    ['recorded/lfm2', { 'fuse-norms': 13, 'fuse-rope': 4, 'fuse-gates': 4, 'fuse-attention': 2 }],
    ['recorded/mamba2', { 'fuse-norms': 5, 'fuse-gates': 2, 'fuse-contractions': 10 }],
    ['recorded/mixtral', { 'fuse-norms': 5, 'fuse-rope': 4, 'fuse-gates': 2, 'fuse-attention': 2 }],
    ['recorded/opt', { 'fuse-attention': 2 }],
    [
      'recorded/qwen3_next',
      { 'fuse-norms': 14, 'fuse-rope': 2, 'fuse-gates': 12, 'fuse-attention': 1 },
    ],
  ])('%s', (folder, counts) => {
    const { report } = fused(recording(folder));
    expect(report.missed).toEqual([]);
    expect(
      Object.fromEntries(
        report.fused.filter(({ count }) => count > 0).map(({ pass, count }) => [pass, count]),
      ),
    ).toEqual(counts);
  });

  it('leaves out what is switched off', () => {
    const { graph, report } = fused(recording('models/llama-gqa'), {
      disable: ['fuse-attention', 'fuse-gates'],
    });
    expect(report.fused.map(({ pass }) => pass)).toEqual(
      expect.not.arrayContaining(['fuse-attention', 'fuse-gates']),
    );
    expect(new Set(graph.nodes.map((n) => n.op.name))).toEqual(
      new Set([
        'embedding',
        'cast',
        'constant',
        'index',
        'and',
        'full',
        'where',
        'rms_norm',
        'linear',
        'reshape',
        'permute',
        'expand',
        'rope',
        'matmul',
        'mul',
        'add',
        'softmax',
        'silu',
      ]),
    );
    expect(() => fused(recording('models/llama-gqa'), { disable: ['fuse-everything'] })).toThrow(
      /there is no pass named fuse-everything/,
    );
  });
});

async function readAll(path: string): Promise<[string, HostTensor][]> {
  const { tensors } = await openSafetensors(path);
  return Promise.all(
    tensors.map(async (tensor) => [
      tensor.name,
      hostTensor(
        tensor.storageType === 'I64' ? 'i64' : 'f32',
        tensor.shape,
        (await readTensor(tensor)) as ArrayLike<number | bigint>,
      ),
    ]),
  );
}

/** Logits, and the gradients of a weighted sum of them. */
function withGradients(graph: Graph): Graph {
  const t = Trace.extend(graph);
  const logits = t.tensor(graph.outputs[0]!.value);
  const parameters = graph.inputs
    .filter((v) => v.input!.kind === 'parameter')
    .map((v) => t.tensor(v));
  t.run(() => {
    const loss = sum(mul(logits, t.input('batch', 'weights', logits.shape, 'f32')));
    gradients(loss, parameters).forEach(
      (gradient, i) =>
        gradient !== undefined &&
        t.output(`gradient of ${parameters[i]!.value.input!.name}`, gradient),
    );
  });
  return t.finish();
}

const largest = (values: readonly number[]): number =>
  values.reduce((top, value) => Math.max(top, value), 0);

describe('the numbers', () => {
  it.each([
    'models/llama-tied',
    'models/gemma2',
    'recorded/deepseek_v3',
    'recorded/gpt2',
    'recorded/gpt_oss',
    'recorded/lfm2',
    'recorded/mamba2',
    'recorded/mixtral',
    'recorded/opt',
    'recorded/qwen3_next',
  ])('of %s stay within 1e-6', async (folder) => {
    const original = recording(folder);
    const feeds = new Map([
      ...(await readAll(`${goldens}${folder}/golden.safetensors`)),
      ...(await readAll(`${goldens}${folder}/model.safetensors`)),
    ]);
    const { shape } = original.outputs[0]!.value;
    const real = (i: number): boolean =>
      Number(feeds.get('attention_mask')!.data[Math.floor(i / shape[2]!)]) === 1;
    feeds.set(
      'weights',
      hostTensor(
        'f32',
        shape,
        Array.from({ length: sizeOf(shape) }, (_, i) => (real(i) ? Math.sin(1 + i * i) : 0)),
      ),
    );
    const [wanted, found] = [original, fused(original).graph].map(
      (graph) => runReference(withGradients(graph), feeds).outputs,
    ) as [Map<string, HostTensor>, Map<string, HostTensor>];
    expect([...found.keys()]).toEqual([...wanted.keys()]);
    // Some gradients are zero but for rounding (a bias of keys), so errors are seen against the
    // largest gradient.
    const scale = largest(
      [...wanted].flatMap(([name, { data }]) =>
        name === 'logits' ? [] : Array.from(data as Float64Array, Math.abs),
      ),
    );
    for (const [name, { data }] of wanted) {
      const errors = Array.from(data as Float64Array, (value, i) =>
        name !== 'logits' || real(i) ? Math.abs(value - Number(found.get(name)!.data[i])) : 0,
      );
      const own = largest(Array.from(data as Float64Array, Math.abs));
      expect(
        largest(errors) / (name === 'logits' ? own : Math.max(own, 1e-6 * scale)),
        name,
      ).toBeLessThan(1e-6);
    }
  });
});
