// A whole training step of one transformer block, large enough that every kernel cuts it into many
// chunks: the same bits on any number of threads, and the reference's numbers.
import { afterAll, expect, it } from 'vitest';
import {
  add,
  attention,
  embedding,
  gatedActivation,
  gradients,
  hostTensor,
  linear,
  linearCrossEntropy,
  reshape,
  rmsNorm,
  rope,
  runReference,
  slice,
  squaredNorm,
  trace,
  type DType,
  type Graph,
  type HostTensor,
  type Tensor,
} from '@automodel/core';
import {
  compareTensors,
  randomNumbers,
  runOnBackend,
  sampleTensor,
  TOLERANCES,
} from '@automodel/testing';
import { createCpuBackend } from '../src/cpu-backend.js';
import { describeInstructionSets } from './support/describe-instruction-sets.js';

const [TOKENS, WIDTH, HEADS, KEY_HEADS, HEAD, HIDDEN, VOCABULARY] = [200, 72, 6, 2, 12, 150, 700];
const KEYS = KEY_HEADS * HEAD;

/** Parameters by name: shape. */
const PARAMETERS = {
  embedding: [VOCABULARY, WIDTH],
  norm: [WIDTH],
  qkv: [WIDTH + 2 * KEYS, WIDTH],
  out: [WIDTH, WIDTH],
  gate: [HIDDEN, WIDTH],
  up: [HIDDEN, WIDTH],
  down: [WIDTH, HIDDEN],
  head: [VOCABULARY, WIDTH],
} as const;

/** Queries, keys and values are parts of one product, so attention reads strided rows. */
function block(
  x: Tensor,
  p: Record<keyof typeof PARAMETERS, Tensor>,
  cos: Tensor,
  sin: Tensor,
  segments: Tensor,
): Tensor {
  const qkv = linear(rmsNorm(x, p.norm, 1e-6), p.qkv);
  const part = (from: number, to: number): Tensor =>
    reshape(slice(qkv, [0, from], [TOKENS, to]), [TOKENS, (to - from) / HEAD, HEAD]);
  const [q, k, v] = [
    rope(part(0, WIDTH), cos, sin),
    rope(part(WIDTH, WIDTH + KEYS), cos, sin),
    part(WIDTH + KEYS, WIDTH + 2 * KEYS),
  ];
  const attended = attention(q, k, v, segments, {
    scale: HEAD ** -0.5,
    softcap: 0,
    window: 0,
    causal: true,
  });
  const h = add(x, linear(reshape(attended, [TOKENS, HEADS * HEAD]), p.out));
  return add(h, linear(gatedActivation(linear(h, p.gate), linear(h, p.up), 'silu'), p.down));
}

function step(dtype: DType): Graph {
  return trace('step', (t) => {
    const p = Object.fromEntries(
      Object.entries(PARAMETERS).map(([name, shape]) => [
        name,
        t.input('parameter', name, shape, dtype),
      ]),
    ) as Record<keyof typeof PARAMETERS, Tensor>;
    const x = embedding(p.embedding, t.input('batch', 'ids', [TOKENS], 'i32'));
    const y = block(
      x,
      p,
      t.input('batch', 'cos', [TOKENS, HEAD / 2], 'f32'),
      t.input('batch', 'sin', [TOKENS, HEAD / 2], 'f32'),
      t.input('batch', 'segments', [3, 4], 'i32'),
    );
    const { loss } = linearCrossEntropy(
      y,
      p.head,
      t.input('batch', 'targets', [TOKENS], 'i32'),
      t.input('scalar', 'scale', [], 'f32'),
    );
    t.output('loss', loss);
    gradients(loss, Object.values(p)).forEach((gradient, i) => {
      t.output(`gradient of ${Object.keys(p)[i]!}`, gradient!);
      t.output(`squared norm of ${Object.keys(p)[i]!}`, squaredNorm(gradient!));
    });
  });
}

function feedsFor(dtype: DType): ReadonlyMap<string, HostTensor> {
  const random = randomNumbers(7);
  const ids = (low: number): HostTensor =>
    sampleTensor({ shape: [TOKENS], dtype: 'i32', range: [low, VOCABULARY - 1] }, random);
  const table = (wave: (x: number) => number): HostTensor =>
    hostTensor(
      'f32',
      [TOKENS, HEAD / 2],
      Float64Array.from({ length: (TOKENS * HEAD) / 2 }, (_, i) =>
        Math.fround(wave(Math.floor(i / (HEAD / 2)) * 100 ** (-(i % (HEAD / 2)) / HEAD))),
      ),
    );
  return new Map<string, HostTensor>([
    ...Object.entries(PARAMETERS).map(
      ([name, shape]) =>
        [name, sampleTensor({ shape, dtype, range: [-0.2, 0.2] }, random)] as const,
    ),
    ['ids', ids(0)],
    ['targets', ids(-100)],
    ['cos', table(Math.cos)],
    ['sin', table(Math.sin)],
    ['segments', hostTensor('i32', [3, 4], [0, 130, 0, 130, 130, 60, 130, 60, 0, 0, 0, 0])],
    ['scale', hostTensor('f32', [], [1 / 128])],
  ]);
}

describeInstructionSets('a training step on %s', (instructionSet) => {
  const backends = [1, 2, 5].map((threads) => createCpuBackend({ threads, instructionSet }));
  afterAll(() => Promise.all(backends.map((backend) => backend.close())));

  it.each<DType>(['f32', 'bf16'])(
    'in %s has the same bits on one, two and five threads',
    async (dtype) => {
      const [one, ...others] = await Promise.all(
        backends.map((backend) => runOnBackend(backend)(step(dtype), feedsFor(dtype))),
      );
      for (const other of others)
        for (const [name, result] of one!)
          expect(compareTensors(other.get(name)!, result, 0), name).toBeUndefined();
    },
  );
});

it('a training step agrees with the reference', async () => {
  const backend = createCpuBackend({ threads: 2 });
  const expected = runReference(step('f32'), feedsFor('f32')).outputs;
  const actual = await runOnBackend(backend)(step('f32'), feedsFor('f32'));
  for (const [name, result] of expected)
    expect(
      compareTensors(actual.get(name)!, result, TOLERANCES.goldenOutput),
      name,
    ).toBeUndefined();
  await backend.close();
});
