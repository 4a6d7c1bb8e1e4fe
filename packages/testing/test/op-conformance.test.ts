// The suite finds what it is there to find: each kind of mistake in an op, and in a kernel, fails
// with the op's name.
import {
  defineOp,
  mul,
  type HostTensor,
  type NamedOpDefinition,
  type OpDefinition,
} from '@automodel/core';
import type { RunGraph } from '@automodel/recorded';
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

test('a kernel with other bits in a second run is found', async () => {
  const run = runOnBackend(referenceBackend([square]));
  let runs = 0;
  const restless: RunGraph = async (graph, feeds) => {
    const results = await run(graph, feeds);
    const change = 1e-7 * runs++;
    return new Map(
      [...results].map(([name, result]) => [
        name,
        elementwise({ ...result, data: Float64Array.from(result.data, Number) }, (y) => y + change),
      ]),
    );
  };
  const kernel = opConformance([square], { runGraph: restless }).find(({ name }) =>
    name.endsWith('kernel'),
  );
  await expect(async () => kernel?.run()).rejects.toThrow('a second run differs');
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
  const names = (changes: Partial<Definition>): string[] => {
    const { gradient: _, decompose: __, ...primitive } = definition;
    const op: OpDefinition<NoAttributes> = defineOp({ ...primitive, ...changes });
    return opConformance([op], { runGraph: runOnBackend(referenceBackend([op])) }).map(
      (check) => check.name,
    );
  };
  const kernels = ['kernel', 'kernel, strided operands'];
  const named = (checks: readonly string[]): string[] =>
    checks.map((c) => `example/square 0: ${c}`);
  const whole = { shape: [3, 4], dtype: 'i64' } as const;
  expect(names({ samples: [{ inputs: [whole], attrs: {} }] })).toEqual(
    named(['shape rule', ...kernels]),
  );
  const frozen = { inputs: [{ shape: [3, 4] }], attrs: {}, differentiable: [] };
  expect(names({ samples: [frozen] })).toEqual(named(['shape rule', ...kernels]));
  const flat = { gradient: () => ({}), samples: [{ ...frozen, differentiable: [0] }] };
  expect(names(flat)).toEqual(named(['shape rule', 'gradient', ...kernels]));
});

test('a gradient of any operand is compared', async () => {
  const product: OpDefinition<NoAttributes> = defineOp({
    name: 'example/product',
    summary: 'a * b',
    operands: ['a', 'b'],
    infer: ({ a }) => [a],
    decompose: ({ a, b }) => [mul(a, b)],
    gradient: ({ operands: { b }, gradients: { y } }) => ({ a: mul(b, y), b: mul(b, y) }),
    samples: [{ inputs: [{ shape: [3] }, { shape: [3] }], attrs: {} }],
  });
  const [check] = opConformance([product]).filter(({ name }) => name.endsWith('gradient'));
  await expect(async () => check!.run()).rejects.toThrow('gradient of b against central');
});

test('any output of a wrong decomposition is found', async () => {
  const pair: OpDefinition<NoAttributes> = defineOp({
    name: 'example/pair',
    summary: 'x, x',
    operands: ['x'],
    outputs: ['first', 'second'],
    infer: ({ x }) => [x, x],
    reference: ({ x }) => [x, x],
    decompose: ({ x }) => [x, mul(x, 2)],
    samples: [{ inputs: [{ shape: [3, 4] }], attrs: {} }],
  });
  const checks = opConformance([pair]).filter(({ name }) => name.endsWith('decomposition'));
  await expect(async () => checks[0]!.run()).rejects.toThrow('output second of the decomposition');
});
