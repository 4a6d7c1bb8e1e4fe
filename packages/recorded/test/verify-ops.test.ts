// Cases of single operations: what agrees, differs and cannot be compared, Python's difference
// between 1 and 1.0, and files that are not cases.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  openSafetensors,
  readTensor,
  sourceOfArray,
  writeSafetensors,
  type TensorSource,
} from '@automodel/checkpoint';
import { runReference } from '@automodel/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { referenceBackend } from '@automodel/testing';
import { checkOpCase, readOpCases, verifyOps, type OpsReport } from '../src/index.js';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'automodel-ops-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const floats = (name: string, ...values: number[]): TensorSource =>
  sourceOfArray(name, 'f32', [values.length], Float32Array.from(values));
const wholes = (name: string, ...values: bigint[]): TensorSource =>
  sourceOfArray(name, 'i64', [values.length], BigInt64Array.from(values));

let folders = 0;
async function folder(json: string, tensors: readonly TensorSource[]): Promise<string> {
  const path = await mkdtemp(join(root, `${folders++}-`));
  await writeFile(join(path, 'ops.json'), json);
  await writeSafetensors(join(path, 'ops.safetensors'), tensors);
  return path;
}

/** `in1` is 2^53 + 1; a float scalar makes the integer sum a float. */
const CASES = `[
  {"case": "mul_0", "op": "mul", "attrs": {}, "in": [0, {"c": 2.0}],
   "shape": [2], "dtype": "float32"},
  {"case": "add_0", "op": "add", "in": [0, {"c": 9007199254740993}],
   "shape": [1], "dtype": "int64"},
  {"case": "add_1", "op": "add", "attrs": {}, "in": [0, {"c": 1.0}],
   "shape": [1], "dtype": "float32"},
  {"case": "clamp_0", "op": "clamp", "attrs": {"min": "-Infinity", "max": 1}, "in": [0],
   "shape": [2], "dtype": "float32"},
  {"case": "warp_0", "op": "warp", "attrs": {}, "in": [0], "shape": [1], "dtype": "float32"},
  {"case": "exp_0", "op": "exp", "attrs": {}, "in": [0], "shape": [1], "dtype": "float32"}
]`;
const tensors = (gradient: number): TensorSource[] => [
  floats('mul_0.in0', 1, -3),
  floats('mul_0.out', 2, -6),
  floats('mul_0.cotangent', 1, 0.5),
  floats('mul_0.grad0', 2, gradient),
  wholes('add_0.in0', 1n),
  wholes('add_0.out', 9007199254740994n),
  wholes('add_1.in0', 1n),
  floats('add_1.out', 2),
  floats('clamp_0.in0', -5, 5),
  floats('clamp_0.out', -5, 1),
  floats('warp_0.in0', 1),
  floats('warp_0.out', 1),
  floats('exp_0.in0', 0),
];

const statuses = ({ cases }: OpsReport): string[] =>
  cases.map(({ case: name, status }) => `${name} ${status}`);

test(
  'agreement, an unknown operation and a missing result are told apart, and the dump holds own ' +
    'values',
  async () => {
    const dump = join(root, 'dump.safetensors');
    const report = await verifyOps(await folder(CASES, tensors(1)), {
      backend: referenceBackend(),
      dump,
    });
    expect(statuses(report)).toEqual([
      'mul_0 agrees',
      'add_0 agrees',
      'add_1 agrees',
      'clamp_0 agrees',
      'warp_0 cannot-check',
      'exp_0 cannot-check',
    ]);
    expect(report).toMatchObject({ verdict: 'cannot-check', backend: 'reference' });
    expect(report.cases[4]!.note).toContain('"warp"');
    const own = new Map(
      (await openSafetensors(dump)).tensors.map((stored) => [stored.name, stored]),
    );
    expect([...own.keys()].sort()).toEqual([
      'add_0.out',
      'add_1.out',
      'clamp_0.out',
      'exp_0.out',
      'mul_0.grad0',
      'mul_0.out',
    ]);
    expect([...(await readTensor(own.get('mul_0.grad0')!))]).toEqual([2, 1]);
  },
);

test('a wrong gradient differs on both runs and is named', async () => {
  const report = await verifyOps(await folder(CASES, tensors(1.001)), {
    backend: referenceBackend(),
  });
  expect(report.verdict).toBe('differs');
  expect(report.cases[0]).toMatchObject({
    case: 'mul_0',
    status: 'differs',
    reference: { output: 0 },
    note: expect.stringMatching(
      /^reference: grad0 element 1 of \[2\] is 1, expected 1\.00.*; backend: grad0/,
    ) as string,
  });
});

test('a backend alone that is wrong is told apart from the reference', async () => {
  const [opCase] = await readOpCases(await folder(CASES, tensors(1)));
  const reference = (...run: Parameters<typeof runReference>) =>
    Promise.resolve(runReference(...run).outputs);
  const wrong = async (...run: Parameters<typeof runReference>) =>
    new Map(
      [...(await reference(...run))].map(([name, value]) => [
        name,
        { ...value, data: Float64Array.of(NaN, 1) },
      ]),
    );
  expect(await checkOpCase(opCase!, { reference, backend: wrong })).toMatchObject({
    status: 'differs',
    reference: { output: 0, gradient: 0 },
    backend: { output: Infinity },
    note: expect.stringMatching(/^backend: out element 0/) as string,
  });
});

test.each([
  ['{}', /expected a list of cases/],
  ['[', /not valid JSON/],
  ['[7]', /case 0: expected an object/],
  [
    '[{"case": "a", "op": "exp", "in": [0], "shape": [1], "dtype": "float8"}]',
    /a: dtype "float8" is unknown/,
  ],
  [
    '[{"case": "a", "op": "exp", "in": ["x"], "shape": [1], "dtype": "float32"}]',
    /a: an operand must be/,
  ],
  ['[{"case": "a", "op": "exp", "in": [0], "shape": [-1], "dtype": "float32"}]', /a: "shape"/],
  [
    '[{"case": "a", "op": "full", "in": [], "shape": [], "dtype": "bool"}, {"case": "a", "op": ' +
      '"full", "in": [], "shape": [], "dtype": "bool"}]',
    /case 1: the name "a" is used twice/,
  ],
])('refuses %s', async (json, message) => {
  await expect(readOpCases(await folder(json, []))).rejects.toThrow(message);
});

test('a folder without cases is refused by its file', async () => {
  await expect(readOpCases(root)).rejects.toThrow(/ops\.json/);
});
