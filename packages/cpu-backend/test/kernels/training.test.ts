// Optimizers, gradient norm, accumulation and dropout against f64 loops, on more elements than one
// chunk.
import { expect, it } from 'vitest';
import {
  bothPools,
  firstDifference,
  random,
  relativeError,
  scalar,
  STORAGE_ERROR,
} from '../support/both-pools.js';
import type { Operand } from '../support/call-kernel.js';
import { describeInstructionSets } from '../support/describe-instruction-sets.js';

const COUNT = 70_001;
const like = ({ dtype, shape }: Operand, alias: string): Operand => ({ dtype, shape, alias });

describeInstructionSets('training kernels on %s', (set) => {
  const run = bothPools(set);

  it.each(['f32', 'bf16'] as const)('adamw on %s parameters', async (dtype) => {
    const [p, g, m] = [
      random(dtype, [COUNT], 1),
      random('f32', [COUNT], 2),
      random('f32', [COUNT], 3, 0.1),
    ];
    const v = { ...m, values: m.values.map((x) => Math.fround(x * x)) };
    const scalars = [1e-2, 0.1, 1 - 0.9 ** 3, 1 - 0.95 ** 3, 0.5].map((x) => scalar(x));
    const call = (flag: number): Parameters<typeof run>[0] => ({
      kernel: 'adamw',
      inputs: [p, g, m, v, ...scalars, scalar(flag)],
      outputs: [like(p, 'in0'), like(m, 'in2'), like(v, 'in3')],
      floats: [0.9, 0.95, 1e-8],
    });
    const expected = p.values.map((x, i) => {
      const gradient = g.values[i]! * 0.5;
      const first = m.values[i]! + (1 - 0.9) * (gradient - m.values[i]!);
      const second = 0.95 * v.values[i]! + 0.05 * gradient * gradient;
      return [
        x * (1 - 1e-3) -
          ((1e-2 / (1 - 0.9 ** 3)) * first) / (Math.sqrt(second) / Math.sqrt(1 - 0.95 ** 3) + 1e-8),
        first,
        second,
      ] as const;
    });
    const got = await run(call(1));
    expect(
      relativeError(
        got[0]!,
        expected.map((e) => e[0]),
      ),
    ).toBeLessThan(STORAGE_ERROR[dtype]!);
    expect(
      relativeError(
        got[1]!,
        expected.map((e) => e[1]),
      ),
    ).toBeLessThan(3e-7);
    expect(
      relativeError(
        got[2]!,
        expected.map((e) => e[2]),
      ),
    ).toBeLessThan(3e-7);
    const kept = await run(call(0));
    [p, m, v].forEach((before, k) => expect(firstDifference(kept[k]!, before.values)).toBe(-1));
  });

  it('adamw divides by the root plus eps, also where both are small or zero', async () => {
    const zeros = {
      dtype: 'f32',
      shape: [COUNT],
      values: new Array<number>(COUNT).fill(0),
    } as const;
    const [p, g] = [random('f32', [COUNT], 1), random('f32', [COUNT], 2)];
    const step = (gradient: Operand, eps: number): Promise<(number[] | null)[]> =>
      run({
        kernel: 'adamw',
        inputs: [p, gradient, zeros, zeros, ...[1e-2, 0, 1, 1, 1, 1].map((x) => scalar(x))],
        outputs: [like(p, 'in0'), like(zeros, 'in2'), like(zeros, 'in3')],
        floats: [0.9, 0.99, eps],
      });
    // A row of a table that no token names: 0 / (0 + eps), not 0 / 0.
    expect(firstDifference((await step(zeros, 1e-8))[0]!, p.values)).toBe(-1);
    const eps = 0.05;
    const expected = p.values.map((x, i) => {
      const gradient = g.values[i]!;
      return x - (1e-2 * 0.1 * gradient) / (Math.sqrt(0.01 * gradient * gradient) + eps);
    });
    expect(relativeError((await step(g, eps))[0]!, expected)).toBeLessThan(3e-7);
  });

  it.each([
    [0.9, 0],
    [0.9, 1],
    [0, 0],
  ])('sgd with momentum %f, nesterov %i', async (momentum, nesterov) => {
    const [p, g, b] = [
      random('f32', [COUNT], 1),
      random('f32', [COUNT], 2),
      momentum === 0 ? null : random('f32', [COUNT], 3),
    ];
    const inputs = [p, g, b, scalar(0.1), scalar(0.01), scalar(0.5), scalar(1)];
    const got = await run({
      kernel: 'sgd',
      inputs,
      outputs: [like(p, 'in0'), b === null ? null : like(b, 'in2')],
      ints: [nesterov],
      floats: [momentum],
    });
    const velocity = p.values.map(
      (x, i) => 0.5 * g.values[i]! + 0.01 * x + (b === null ? 0 : momentum * b.values[i]!),
    );
    const step = velocity.map((u, i) =>
      nesterov === 1 ? 0.5 * g.values[i]! + 0.01 * p.values[i]! + momentum * u : u,
    );
    expect(
      relativeError(
        got[0]!,
        p.values.map((x, i) => x - 0.1 * step[i]!),
      ),
    ).toBeLessThan(3e-7);
    if (b !== null) expect(relativeError(got[1]!, velocity)).toBeLessThan(3e-7);
  });

  it('sums squares in f64 and clips by the norm of several', async () => {
    for (const dtype of ['f32', 'bf16', 'f64'] as const) {
      const x = random(dtype, [3 * COUNT], 1);
      const [total] = await run({
        kernel: 'squared_norm',
        inputs: [x],
        outputs: [{ dtype: 'f64', shape: [] }],
      });
      expect(relativeError(total!, [x.values.reduce((a, v) => a + v * v, 0)])).toBeLessThan(1e-12);
    }
    const out = (shape: readonly number[] = []): Operand => ({ dtype: 'f32', shape });
    const clip = (
      loss: number,
      squares: readonly number[],
      most: number,
    ): Promise<(number[] | null)[]> =>
      run({
        kernel: 'clip_flag',
        inputs: [scalar(loss), ...squares.map((s) => scalar(s, 'f64'))],
        outputs: [out(), out(), out()],
        floats: [most],
      });
    expect(await clip(2, [9, 16], 10)).toEqual([[5], [1], [1]]);
    expect(await clip(2, [9, 16], Infinity)).toEqual([[5], [1], [1]]);
    expect((await clip(2, [9, 16], 1))[1]![0]).toBeCloseTo(0.2, 6);
    expect((await clip(NaN, [9], 1))[2]).toEqual([0]);
    expect((await clip(1, [Infinity], 1))[2]).toEqual([0]);
  });

  it('accumulates gradients, without reading the state where keep is 0', async () => {
    const [state, gradient] = [random('f32', [40, 1000], 1), random('bf16', [40, 1000], 2)];
    for (const keep of [0, 1]) {
      const before = keep === 0 ? { ...state, values: state.values.map(() => NaN) } : state;
      const [y] = await run({
        kernel: 'gradient_accumulate',
        inputs: [before, gradient, scalar(keep)],
        outputs: [like(state, 'in0')],
      });
      expect(
        firstDifference(
          y!,
          state.values.map((v, i) => Math.fround(keep * v + gradient.values[i]!)),
        ),
      ).toBe(-1);
    }
  });

  it('accumulates many gradients, without reading states where keep is 0', async () => {
    const shapes = [[3], [40, 1000], [17, 5]];
    const gradients = shapes.map((shape, k) => random('bf16', shape, 10 + k));
    for (const keep of [0, 0.5, 1]) {
      const states = shapes.map((shape, k) => random('f32', shape, 20 + k));
      const before = states.map((state) =>
        keep === 0 ? { ...state, values: state.values.map(() => NaN) } : state,
      );
      const results = await run({
        kernel: 'gradient_accumulate_many',
        inputs: [scalar(keep), ...before.flatMap((state, k) => [state, gradients[k]!])],
        outputs: states.map((state, k) => like(state, `in${1 + 2 * k}`)),
      });
      results.forEach((result, k) =>
        expect(
          firstDifference(
            result!,
            states[k]!.values.map((v, i) => Math.fround(keep * v + gradients[k]!.values[i]!)),
          ),
        ).toBe(-1),
      );
    }
  });

  it('drops the same elements again for the same seed, step and stream', async () => {
    const x = random('f32', [COUNT], 1);
    const drop = async (seed: number, step: number, stream: number): Promise<number[]> =>
      (
        await run({
          kernel: 'dropout',
          inputs: [x, scalar(seed, 'i64'), scalar(step, 'i64')],
          outputs: [{ dtype: 'f32', shape: [COUNT] }],
          ints: [stream],
          floats: [0.25],
        })
      )[0]!;
    const y = await drop(5, 3, 2);
    expect(
      firstDifference(
        y,
        x.values.map((v, i) => (y[i] === 0 ? 0 : Math.fround(v * Math.fround(1 / 0.75)))),
      ),
    ).toBe(-1);
    expect(y.filter((v) => v === 0).length / COUNT).toBeCloseTo(0.25, 2);
    expect(firstDifference(await drop(5, 3, 2), y)).toBe(-1);
    for (const other of [await drop(6, 3, 2), await drop(5, 4, 2), await drop(5, 3, 1)])
      expect(firstDifference(other, y)).not.toBe(-1);
  });
});
