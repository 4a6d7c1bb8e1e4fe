import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  openSafetensors,
  readTensor,
  sourceOfArray,
  writeSafetensors,
} from '@automodel/checkpoint';
import plugin from '@automodel/models-llama';
import { referenceBackend } from '@automodel/testing';
import { verifyReference, type VerificationReport } from '@automodel/train';
import { afterAll, beforeAll, expect, test } from 'vitest';

const FOLDER = join(import.meta.dirname, '../../../../goldens/models/llama-gqa');
let place: string;
beforeAll(async () => {
  place = await mkdtemp(join(tmpdir(), 'verify-'));
});
afterAll(() => rm(place, { recursive: true }));

/** A reference with some of the golden tensors, each as `change` makes it. */
async function reference(
  name: string,
  tensors: readonly string[],
  change: (tensor: string, values: Float32Array) => void = () => undefined,
): Promise<string> {
  const golden = await openSafetensors(join(FOLDER, 'golden.safetensors'));
  const sources = await Promise.all(
    golden.tensors
      .filter((t) => tensors.includes(t.name))
      .map(async (t) => {
        const values = await readTensor(t);
        if (values instanceof Float32Array) change(t.name, values);
        return sourceOfArray(t.name, t.dtype!, t.shape, values);
      }),
  );
  const path = join(place, `${name}.safetensors`);
  await writeSafetensors(path, sources);
  return path;
}

const verify = (
  path: string,
  options: { folder?: string; dump?: string; precision?: 'bf16' } = {},
): Promise<VerificationReport> =>
  verifyReference(options.folder ?? FOLDER, path, {
    backend: referenceBackend(),
    createModel: (c) => plugin.create(c),
    dump: options.dump,
    precision: options.precision,
  });

const INPUTS = ['input_ids', 'attention_mask', 'labels'];

test('names the tensor that differs, where and by how much', async () => {
  const report = await verify(
    await reference(
      'wrong',
      [...INPUTS, 'loss', 'logits', 'grad.model.norm.weight'],
      (name, values) => {
        if (name === 'logits') values[331 * 3 + 17]! += 0.01;
      },
    ),
  );
  expect(report.verdict).toBe('differs');
  expect(report.checks.map((c) => [c.name, c.status])).toEqual([
    ['logits', 'differs'],
    ['loss', 'agrees'],
    ['grad.model.norm.weight', 'agrees'],
  ]);
  expect(report.checks[0]).toMatchObject({ worst: 331 * 3 + 17, tolerance: 1e-5 });
});

test('logits in the padding are not compared', async () => {
  const report = await verify(
    await reference('padding', [...INPUTS, 'logits'], (name, values) => {
      if (name === 'logits') values[331 * (24 + 20)] = 1e6;
    }),
  );
  expect(report.verdict).toBe('agrees');
});

test('a tensor that cannot be computed is reported as unchecked', async () => {
  const path = join(place, 'unknown.safetensors');
  await writeSafetensors(path, [
    sourceOfArray('grad.base_model.lora_A.weight', 'f32', [1], Float32Array.of(1)),
  ]);
  const report = await verify(path);
  expect(report.verdict).toBe('cannot-check');
  expect(report.checks).toMatchObject([
    { name: 'grad.base_model.lora_A.weight', status: 'cannot-check' },
  ]);
});

test('the dump has inputs and computed values under the names of the reference', async () => {
  const dump = join(place, 'dump.safetensors');
  const tensors = [...INPUTS, 'loss', 'logits', 'grad.lm_head.weight'];
  await verify(await reference('dumped', tensors), { dump });
  const own = await openSafetensors(dump);
  expect(own.tensors.map((t) => t.name).sort()).toEqual([...tensors].sort());
  const report = await verify(dump);
  // the loss is compared before it is rounded to f32
  for (const check of report.checks) expect(check.error, check.name).toBeLessThan(1e-7);
});

test(
  'greedy tokens are computed to the end of the reference, also beyond the positions of the ' +
    'model',
  async () => {
    const path = join(place, 'greedy.safetensors');
    const prompt = BigInt64Array.from({ length: 126 }, (_, i) => BigInt(3 + ((i * 7) % 300)));
    const tokens = new BigInt64Array(131).fill(-1n); // no model generates -1
    tokens.set(prompt);
    await writeSafetensors(path, [
      sourceOfArray('generate.prompt', 'i64', [1, 126], prompt),
      sourceOfArray('generate.tokens', 'i64', [1, 131], tokens),
    ]);
    const { checks } = await verify(path);
    expect(checks).toMatchObject([
      { name: 'generate.tokens', status: 'differs', error: 5, worst: 126 },
    ]);
  },
);

test('tolerance.json widens, and bf16 only compares losses', async () => {
  const folder = join(place, 'folder');
  await cp(FOLDER, folder, { recursive: true, filter: (path) => !path.includes('adapter') });
  const path = await reference('off', [...INPUTS, 'loss'], (_, values) =>
    values.forEach((x, i) => (values[i] = x * 1.0001)),
  );
  expect((await verify(path, { folder })).verdict).toBe('differs');
  await writeFile(join(folder, 'tolerance.json'), JSON.stringify({ loss: 1e-3, why: 'a test' }));
  expect((await verify(path, { folder })).verdict).toBe('agrees');
  const reduced = await verify(await reference('reduced', [...INPUTS, 'loss', 'logits']), {
    precision: 'bf16',
  });
  expect(reduced.checks.map((c) => [c.name, c.status, c.tolerance])).toEqual([
    ['logits', 'not-compared', undefined],
    ['loss', 'agrees', 0.02],
  ]);
  await writeFile(join(folder, 'tolerance.json'), JSON.stringify({ los: 1 }));
  await expect(verify(path, { folder })).rejects.toThrow(/tolerance\.json: los: expected one of/);
});
