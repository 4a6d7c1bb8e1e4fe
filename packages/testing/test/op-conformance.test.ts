// The suite finds what it is there to find: each kind of mistake in an op, and in a kernel, fails
// with the op's name.
import {
  builtinOps,
  defineOp,
  mul,
  sin,
  type HostTensor,
  type NamedOpDefinition,
  type OpDefinition,
} from '@automodel/core';
import { opConformance, referenceBackend, runOnBackend } from '@automodel/testing';
import { expect, test } from 'vitest';

type NoAttributes = Record<string, never>;

type Definition = NamedOpDefinition<NoAttributes, readonly ['x'], readonly ['y']>;

/** `change` of each element. */
const elementwise = (x: HostTensor, change: (value: number) => number): HostTensor => ({
  ...x,
  data: Float64Array.from(x.data as Float64Array, change),
});

const definition: Definition = {
  name: 'example/square',
  summary: 'x * x',
  operands: ['x'],
  infer: ({ x }) => [x],
  reference: ({ x }) => [elementwise(x, (value) => value * value)],
  decompose: ({ x }) => [mul(x, x)],
  gradient: ({ operands: { x }, gradients: { y: dy } }) => ({ x: mul(mul(x, 2), dy) }),
  samples: [{ inputs: [{ shape: [3, 4] }], attrs: {} }],
};

/** The square as another definition says it. */
const squareWith = (changes: Partial<Definition>): OpDefinition<NoAttributes> =>
  defineOp({ ...definition, ...changes });

const square = squareWith({});

/** Messages of the failed checks of one op. */
async function failures(op: OpDefinition<NoAttributes>): Promise<string[]> {
  const messages: string[] = [];
  for (const check of opConformance([op], { runGraph: runOnBackend(referenceBackend([square])) })) {
    try {
      await check.run();
    } catch (error) {
      messages.push(`${check.name} | ${(error as Error).message}`);
    }
  }
  return messages;
}

test('a right op passes', async () => {
  expect(await failures(square)).toEqual([]);
});

test('a wrong gradient is found', async () => {
  expect(
    await failures(
      squareWith({
        gradient: ({ operands: { x }, gradients: { y: dy } }) => ({ x: mul(x, dy) }),
      }),
    ),
  ).toEqual([
    expect.stringMatching(
      /^example\/square 0: gradient \| .*gradient of x against central differences: element \d+ of/,
    ),
  ]);
  expect(await failures(squareWith({ gradient: () => ({}) }))).toEqual([
    expect.stringContaining('example/square 0: gradient'),
  ]);
});

test('a check is made only where it compares something', () => {
  const names = (op: OpDefinition<NoAttributes>): string[] =>
    opConformance([op], { runGraph: runOnBackend(referenceBackend([op])) }).map(
      (check) => check.name,
    );
  const { gradient: _, decompose: __, ...primitive } = square;
  const kernels = ['kernel', 'kernel, strided operands'];
  const named = (checks: readonly string[]): string[] =>
    checks.map((c) => `example/square 0: ${c}`);
  const whole = { shape: [3, 4], dtype: 'i64' } as const;
  expect(names({ ...primitive, samples: [{ inputs: [whole], attrs: {} }] })).toEqual(
    named(['shape rule', ...kernels]),
  );
  const frozen = { inputs: [{ shape: [3, 4] }], attrs: {}, differentiable: [] };
  expect(names({ ...primitive, samples: [frozen] })).toEqual(named(['shape rule', ...kernels]));
  const flat = {
    ...primitive,
    gradient: () => [undefined],
    samples: [{ ...frozen, differentiable: [0] }],
  };
  expect(names(flat)).toEqual(named(['shape rule', 'gradient', ...kernels]));
});

test('a gradient of any operand is compared', async () => {
  const product: OpDefinition<NoAttributes> = {
    name: 'example/product',
    summary: 'a * b',
    infer: (inputs) => [{ shape: inputs[0]!.shape, dtype: inputs[0]!.dtype }],
    decompose: (inputs) => [mul(inputs[0]!, inputs[1]!)],
    gradient: ({ inputs, gradients }) => [
      mul(inputs[1]!, gradients[0]!),
      mul(inputs[1]!, gradients[0]!),
    ],
    samples: [{ inputs: [{ shape: [3] }, { shape: [3] }], attrs: {} }],
  };
  const [check] = opConformance([product]).filter(({ name }) => name.endsWith('gradient'));
  await expect(async () => check!.run()).rejects.toThrow('gradient of operand 1 against central');
});

test('any output of a wrong decomposition is found', async () => {
  const pair: OpDefinition<NoAttributes> = {
    ...square,
    name: 'example/pair',
    infer: (inputs) => [inputs[0]!, inputs[0]!].map(({ shape, dtype }) => ({ shape, dtype })),
    reference: (inputs) => [inputs[0]!, inputs[0]!],
    decompose: (inputs) => [inputs[0]!, mul(inputs[0]!, 2)],
  };
  const checks = opConformance([pair]).filter(({ name }) => name.endsWith('decomposition'));
  await expect(async () => checks[0]!.run()).rejects.toThrow('output 1 of the decomposition');
});

test('a kernel that gives other bits in a second run is found', async () => {
  const right = runOnBackend(referenceBackend([square]));
  let runs = 0;
  const [check] = opConformance([square], {
    runGraph: async (graph, feeds) => {
      const results = await right(graph, feeds);
      if (++runs === 1) return results;
      const moved = (x: number): number => x * (1 + 2 ** -23);
      return new Map(
        [...results].map(([name, { data, ...type }]) => [
          name,
          { ...type, data: Float64Array.from(data as Float64Array, moved) },
        ]),
      );
    },
  }).filter(({ name }) => name.endsWith(': kernel'));
  await expect(async () => check!.run()).rejects.toThrow('a second run differs, result0');
});

test('a wrong decomposition is found', async () => {
  expect(await failures(squareWith({ decompose: ({ x }) => [sin(x)] }))).toEqual([
    expect.stringContaining('output y of the decomposition: element'),
  ]);
});

test('a wrong shape rule is found', async () => {
  const messages = await failures(
    squareWith({ infer: ({ x }) => [{ shape: [...x.shape, 1], dtype: x.dtype }] }),
  );
  expect(messages[0]).toContain('the reference of example/square gives f32[3,4]');
});

test('a primitive without a gradient is found', async () => {
  const primitive = squareWith({ gradient: undefined, decompose: undefined });
  expect(await failures(primitive)).toEqual([
    'example/square 0: gradient | op example/square has no gradient',
    'example/square 0: kernels of the gradient | op example/square has no gradient',
  ]);
});

test('a wrong kernel is found', async () => {
  const wrong = squareWith({
    reference: ({ x }) => [elementwise(x, (value) => value * value * 1.001)],
  });
  const checks = opConformance([square], { runGraph: runOnBackend(referenceBackend([wrong])) });
  const kernels = checks.filter((check) => check.name.includes('kernel'));
  expect(kernels.map((check) => check.name)).toEqual([
    'example/square 0: kernel',
    'example/square 0: kernels of the gradient',
    'example/square 0: kernel, strided operands',
  ]);
  for (const check of kernels.filter(({ name }) => !name.includes('gradient')))
    await expect(check.run()).rejects.toThrow('op example/square: kernel, result0: element');
});

test('reduced dtypes are checked where the caller says so', async () => {
  const checks = opConformance([square], {
    runGraph: runOnBackend(referenceBackend([square])),
    dtypes: (_, operand) => (operand === 0 ? ['bf16', 'f16'] : []),
  }).filter(({ name }) => /bf16|f16/.test(name));
  expect(checks.map((check) => check.name)).toEqual(
    ['bf16', 'f16'].flatMap((dtype) => [
      `example/square 0: kernel, ${dtype}`,
      `example/square 0: kernels of the gradient, ${dtype}`,
    ]),
  );
  for (const check of checks) await check.run();
});

test('a backend that decomposes agrees with the reference', async () => {
  const backend = referenceBackend([square]);
  const kernels = { ...backend.kernels, 'example/square': 'decompose' as const };
  for (const check of opConformance([square], { runGraph: runOnBackend({ ...backend, kernels }) }))
    await check.run();
});

for (const check of opConformance(builtinOps, {
  runGraph: runOnBackend(referenceBackend()),
}).filter(({ name }) => name.includes('kernel')))
  test(`planned, ${check.name}`, () => check.run());

test('a wrong kernel of the gradient is found', async () => {
  const times = (factor: number): Partial<Definition> => ({
    name: 'example/twice',
    reference: ({ x }) => [elementwise(x, (value) => factor * value)],
    samples: [],
  });
  const twice = squareWith(times(2));
  const op = squareWith({
    gradient: ({ operands: { x }, gradients: { y: dy } }) => ({
      x: mul(x.trace.apply(twice, [x], {})[0], dy),
    }),
  });
  const wrong = squareWith({ ...times(2.01), decompose: undefined });
  const checks = opConformance([op], { runGraph: runOnBackend(referenceBackend([op, wrong])) });
  await expect(
    checks.find(({ name }) => name.includes('kernels of the gradient'))!.run(),
  ).rejects.toThrow('op example/square: kernel, gradient0: element');
});
