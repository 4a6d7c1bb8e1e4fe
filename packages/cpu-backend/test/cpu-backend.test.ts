// The backend as its callers may misuse it: programs that run at once, are stopped, or closed too
// early, and bindings that do not fit. Whatever is wrong is refused before native code sees it.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import type { Backend, DeviceBuffer, Executable } from '@automodel/contracts';
import { add, matmul, mul, softmax, type Plan, type Tensor } from '@automodel/core';
import { createCpuBackend } from '../src/cpu-backend.js';
import { squarePlan } from './support/square-plan.js';

const backend = createCpuBackend({ threads: 2 });
afterAll(() => backend.close());

const toClose: { close(): void }[] = [];
afterEach(() => toClose.splice(0).forEach((buffer) => buffer.close()));

const plan = (name: string, n: number, body: (x: Tensor) => Tensor, on = backend): Plan =>
  squarePlan(on, name, n, body);

function allocate(count: number, label: string, on: Backend = backend): DeviceBuffer {
  const buffer = on.allocate(4 * count, label);
  toClose.push(buffer);
  return buffer;
}

function bindings(n: number, value: number, on: Backend = backend): Map<string, DeviceBuffer> {
  const x = allocate(n * n, 'x', on);
  on.upload(x, 0, new Float32Array(n * n).fill(value));
  return new Map([
    ['x', x],
    ['y', allocate(n * n, 'y', on)],
  ]);
}

async function result(
  bound: ReadonlyMap<string, DeviceBuffer>,
  on: Backend = backend,
): Promise<Float32Array> {
  const y = new Float32Array(bound.get('y')!.bytes / 4);
  await on.download(bound.get('y')!, 0, y);
  return y;
}

/** A program that takes seconds unless it is stopped. */
const endless = (): Promise<Executable> =>
  backend.compile(
    plan('endless', 1024, (x) => {
      let y = x;
      for (let i = 0; i < 300; i++) y = matmul(y, x);
      return y;
    }),
  );

describe('programs on one backend', () => {
  it('run in turn when they are started at once, and share memory without harm', async () => {
    const [doubled, shifted] = await Promise.all([
      backend.compile(plan('doubled', 64, (x) => mul(add(x, mul(x, 3)), 0.5))),
      backend.compile(plan('shifted', 32, (x) => softmax(add(x, 1), -1))),
    ]);
    const [first, second] = [
      [1, 2, 3].map((v) => bindings(64, v)),
      [4, 5, 6].map((v) => bindings(32, v)),
    ];
    await Promise.all([0, 1, 2].flatMap((i) => [doubled.run(first[i]!), shifted.run(second[i]!)]));
    for (const [i, bound] of first.entries())
      expect(new Set(await result(bound))).toEqual(new Set([2 * (i + 1)]));
    for (const bound of second)
      for (const y of await result(bound)) expect(y).toBeCloseTo(1 / 32, 6);
    await Promise.all([doubled.close(), shifted.close()]);
  });

  it('leave other backends of the process alone', async () => {
    const other = createCpuBackend({ threads: 3, instructionSet: 'baseline' });
    const [here, there] = await Promise.all([
      backend.compile(plan('here', 16, (x) => add(x, 1))),
      other.compile(plan('there', 16, (x) => add(x, 2), other)),
    ]);
    const [a, b] = [bindings(16, 1), bindings(16, 1, other)];
    await Promise.all([here.run(a), there.run(b)]);
    expect([(await result(a))[7], (await result(b, other))[7]]).toEqual([2, 3]);
    toClose.splice(0).forEach((buffer) => buffer.close());
    await other.close();
    await here.run(bindings(16, 1));
    await here.close();
  });
});

describe('a run', () => {
  it('leaves the event loop free, and ends when its signal says so', async () => {
    const executable = await endless();
    const controller = new AbortController();
    let turns = 0;
    const timer = setInterval(() => {
      if (++turns === 5) controller.abort();
    }, 1);
    await expect(
      executable.run(bindings(1024, 0.001), { signal: controller.signal }),
    ).rejects.toMatchObject({ code: 'aborted', message: 'program endless was stopped' });
    clearInterval(timer);
    expect(turns).toBeGreaterThanOrEqual(5);
    await executable.close();
  });

  it('is complete after another was stopped; stopped ones in the queue never start', async () => {
    const executable = await endless();
    const short = await backend.compile(plan('short', 16, (x) => add(x, 1)));
    const controller = new AbortController();
    const [bound, unused] = [bindings(16, 1), bindings(16, 1)];
    const runs = [
      executable.run(bindings(1024, 0.001), { signal: controller.signal }),
      short.run(unused, { signal: controller.signal }),
      short.run(bound),
    ];
    setTimeout(() => controller.abort(new Error('enough')), 5);
    const outcomes = await Promise.allSettled(runs);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'fulfilled']);
    expect((outcomes[1] as PromiseRejectedResult).reason).toMatchObject({
      code: 'aborted',
      cause: new Error('enough'),
    });
    expect([(await result(unused))[0], (await result(bound))[0]]).toEqual([0, 2]);
    await Promise.all([executable.close(), short.close()]);
  });

  it('is waited for when its program or the backend closes', async () => {
    const own = createCpuBackend({ threads: 1 });
    const executable = await own.compile(plan('long', 256, (x) => matmul(matmul(x, x), x), own));
    const bound = bindings(256, 1, own);
    const [run, second] = [executable.run(bound), executable.run(bound)];
    await Promise.all([executable.close(), own.close(), own.close(), executable.close()]);
    await Promise.all([run, second]);
    expect((await result(bound, own))[0]).toBe(256 * 256);
    await expect(executable.run(bound)).rejects.toThrow('program long is closed');
    await expect(own.compile(executable.plan)).rejects.toThrow('the CPU backend is closed');
    expect(() => own.devices()).toThrow('the CPU backend is closed');
  });
});

describe('is refused', async () => {
  const executable = await backend.compile(plan('small', 8, (x) => add(x, 1)));
  const foreign: DeviceBuffer = {
    bytes: 1 << 20,
    label: 'elsewhere',
    mapped: false,
    close: () => undefined,
  };

  it.each<[what: string, change: (bound: Map<string, DeviceBuffer>) => void, message: string]>([
    [
      'an input without memory',
      (bound) => bound.delete('x'),
      'program small: batch x is not bound',
    ],
    [
      'an output without memory',
      (bound) => bound.delete('y'),
      'program small: output y is not bound',
    ],
    [
      'memory of another backend',
      (bound) => bound.set('x', foreign),
      'program small: batch x is bound to memory of another backend',
    ],
    [
      'too little memory',
      (bound) => bound.set('y', allocate(63, 'y')),
      'program small: output y needs 256 bytes, the buffer bound to it has 252',
    ],
    ['memory that was closed', (bound) => bound.get('x')!.close(), 'buffer x is closed'],
  ])('%s', async (_, change, message) => {
    const bound = bindings(8, 1);
    change(bound);
    await expect(executable.run(bound)).rejects.toThrow(message);
    await executable.run(bindings(8, 1));
  });

  it('a plan for another backend', async () => {
    await expect(backend.compile({ ...executable.plan, backend: 'cuda' })).rejects.toThrow(
      'plan small was made for backend cuda, not cpu',
    );
  });

  it('a plan with an op that has no kernel', async () => {
    const { steps } = executable.plan;
    await expect(
      backend.compile({ ...executable.plan, steps: [{ ...steps[0]!, op: 'example/unknown' }] }),
    ).rejects.toThrow('backend cpu has no kernel for example/unknown');
  });

  it('a step without the workspace its kernel needs', async () => {
    const product = plan('product', 64, (x) => matmul(x, x));
    expect(product.steps.some((step) => step.workspace !== null)).toBe(true);
    await expect(
      backend.compile({
        ...product,
        steps: product.steps.map((step) => ({ ...step, workspace: null })),
      }),
    ).rejects.toThrow(/has no workspace: gemm/);
  });

  it('writing to a mapped file', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'automodel-mapped-'));
    const path = join(folder, 'x.bin');
    writeFileSync(path, new Uint8Array(300).fill(1));
    const mapped = await backend.map({ path, offset: 3, length: 256 }, 'mapped');
    toClose.push(mapped);
    const bound = bindings(8, 1);
    await expect(executable.run(new Map([...bound, ['y', mapped]]))).rejects.toThrow(
      'program small: output y is written, but bound to a read-only mapping of a file',
    );
    expect(() => backend.upload(mapped, 0, new Float32Array(1))).toThrow(
      'buffer mapped is a read-only mapping',
    );
    await expect(
      backend.uploadFile({ path, offset: 0, length: 256 }, 'f32', mapped, 0, 'f32'),
    ).rejects.toThrow('buffer mapped is a read-only mapping');
    await executable.run(new Map([...bound, ['x', mapped]])); // reading is what it is for
    await expect(
      backend.map({ path: join(folder, 'none.bin'), offset: 0, length: 4 }, 'none'),
    ).rejects.toThrow(/cannot map none/);
    rmSync(folder, { recursive: true });
  });

  it('bytes beyond a buffer, and settings that make no sense', () => {
    const buffer = allocate(4, 'four');
    expect(() => backend.upload(buffer, 8, new Float32Array(4))).toThrow(
      'buffer four: bytes 8 to 24 are outside its 16',
    );
    expect(() => createCpuBackend({ threads: 0 })).toThrow(
      'threads must be a positive whole number, not 0',
    );
    expect(() => createCpuBackend({ instructionSet: 'mmx' })).toThrow(
      'no instruction set named mmx',
    );
  });
});
