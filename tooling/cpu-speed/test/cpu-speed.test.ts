// The pure parts: which machine has which floors, who runs when, and what is told of the numbers.
import { describe, expect, test } from 'vitest';
import { readMachine } from '../src/machine.js';
import { measureFit, measureTraining } from '../src/measure-row.js';
import { parseOptions } from '../src/options.js';
import { ROWS, type FittingRow, type TrainingRow } from '../src/rows.js';
import { measurementOf, type Measurement } from '../src/sides.js';
import { tableLines } from '../src/table.js';
import { fittingVerdict, trainingVerdict } from '../src/verdict.js';

const MEBIBYTE = 2 ** 20;
const measured = (speed: number, mebibytes: number): Measurement => ({
  speed,
  peak: mebibytes * MEBIBYTE,
});

const row: TrainingRow = {
  kind: 'training',
  shape: 'any',
  batch: 1,
  seq: 8,
  dtype: 'f32',
  speed: { amx: 3, 'avx512-bf16': 2, avx: 1.5 },
  memory: 0.5,
};
const fitting: FittingRow = { ...row, kind: 'fitting', bytes: 100 * MEBIBYTE };

describe('machines', () => {
  const lscpu = (vendor: string, flags: string): string =>
    `Vendor ID:     ${vendor}\nModel name:  Some CPU\nCPU family:   6\nModel: 207\nCPU(s): 2\n` +
    `On-line CPU(s) list: 0,1\nFlags:   fpu ${flags} sse\n`;

  test('floors are those of AMX, of bf16 at the full rate, or of neither', () => {
    const classOf = (vendor: string, flags: string): string =>
      readMachine(lscpu(vendor, flags)).machineClass;
    const wide = 'avx2 avx512f avx512_bf16';
    expect(classOf('GenuineIntel', `${wide} amx_tile amx_bf16 amx_int8`)).toBe('amx');
    expect(classOf('GenuineIntel', `${wide} amx_tile amx_int8`)).toBe('avx');
    expect(classOf('GenuineIntel', wide)).toBe('avx');
    expect(classOf('AuthenticAMD', wide)).toBe('avx512-bf16');
    expect(classOf('AuthenticAMD', 'avx2')).toBe('avx');
    expect(() => classOf('GenuineIntel', 'avx')).toThrow('without AVX2');
  });

  test('the machine is named with the sets that matter', () => {
    expect(readMachine(lscpu('GenuineIntel', 'avx2 avx512f')).text).toBe(
      'Some CPU (family 6, model 207; avx2, avx512f), 2 processors',
    );
  });
});

describe('options', () => {
  test('all rows and all cores are the default', () => {
    const { rows, threads, pairs } = parseOptions(['python'], 2);
    expect({ rows, threads, pairs }).toEqual({ rows: Object.keys(ROWS), threads: 2, pairs: 5 });
  });

  test('what is unknown is refused', () => {
    expect(() => parseOptions([], 2)).toThrow('usage:');
    expect(() => parseOptions(['python', '--rows', 'toString'], 2)).toThrow('--rows toString');
    expect(() => parseOptions(['python', '--pairs', '0'], 2)).toThrow('at least 1');
    expect(() => parseOptions(['python', '--steps', '1.5'], 2)).toThrow('at least 2');
    expect(() => parseOptions(['python', '--pears', '1'], 2)).toThrow('--pears');
  });
});

test('of the output of a side the last line counts', () => {
  expect(measurementOf('a note\n{"tok_s": 12.5, "peak_rss_mb": 3}\n')).toEqual(measured(12.5, 3));
  expect(() => measurementOf('{"tok_s": 12.5}')).toThrow('without tok_s and peak_rss_mb');
});

describe('measuring', () => {
  const calls: string[] = [];
  const sides = {
    ours: (_: unknown, budget?: number): Promise<Measurement> => {
      calls.push(budget === undefined ? 'ours' : `ours in ${budget / MEBIBYTE}`);
      if (budget !== undefined && budget < 10 * MEBIBYTE)
        return Promise.reject(new Error('error: a memory budget of 0.01 GB does not hold weights'));
      return Promise.resolve(measured(4, 40));
    },
    theirs: (_: unknown, { compiled = false } = {}): Promise<Measurement> => {
      calls.push(compiled ? 'compiled' : 'theirs');
      return Promise.resolve(measured(2, 100));
    },
  };
  const bench = { sides, options: { pairs: 2, compiled: 1 }, tell: () => undefined };
  const measure = async <T>(work: Promise<T>): Promise<{ result: T; order: string[] }> => {
    const result = await work;
    return { result, order: calls.splice(0) };
  };

  test('both sides take turns, and the budget is a share of what PyTorch took', async () => {
    const { order } = await measure(measureTraining(row, bench));
    expect(order).toEqual(['compiled', 'ours', 'theirs', 'theirs', 'ours', 'ours in 50']);
    const { memory: _, ...unlimited } = row;
    const rest = { ...bench, options: { pairs: 1, compiled: 0 } };
    expect((await measure(measureTraining(unlimited, rest))).order).toEqual(['ours', 'theirs']);
  });

  test('a budget that is too small is a result, another error is none', async () => {
    const { result } = await measure(measureTraining({ ...row, memory: 0.05 }, bench));
    expect(result.limited).toBeUndefined();
    expect((await measure(measureFit(fitting, bench))).result).toEqual(measured(4, 40));
    const broken = { ...sides, ours: () => Promise.reject(new Error('no such folder')) };
    await expect(measureFit(fitting, { ...bench, sides: broken })).rejects.toThrow('no such');
  });
});

describe('verdicts', () => {
  const good = {
    ours: [measured(40, 50), measured(20, 60), measured(90, 70)],
    theirs: [measured(20, 100), measured(10, 110), measured(30, 90)],
    compiled: [measured(30, 80)],
    limited: measured(15, 50),
  };

  test('speed is the median ratio of the pairs', () => {
    const { cells, failures } = trainingVerdict(row, 'avx512-bf16', good);
    expect(failures).toEqual([]);
    expect(cells).toEqual({
      ours: '40.0 tokens/s',
      theirs: '20.0 tokens/s',
      speed: '2.00 x',
      leastSpeed: '2.00 x',
      compiled: '30.0 tokens/s',
      toCompiled: '1.33 x',
      peak: '60 MiB',
      theirPeak: '100 MiB',
      memory: '0.60 x',
      limitedPeak: '50 MiB',
      limitedMemory: '0.50 x',
      mostMemory: '0.50 x',
    });
  });

  test('each floor can be missed', () => {
    const missed = (change: Partial<typeof good>): readonly string[] =>
      trainingVerdict(row, 'avx', { ...good, ...change }).failures;
    expect(missed({})).toEqual([]);
    expect(trainingVerdict(row, 'amx', good).failures).toEqual([
      '2.00 x the speed of PyTorch, not 3.00 x',
    ]);
    expect(missed({ compiled: [measured(40, 1)] })).toEqual([
      '1.00 x the speed of PyTorch compiled, not more than 1',
    ]);
    expect(missed({ limited: measured(1, 51) })).toEqual([
      '0.51 x the memory of PyTorch in a budget of 0.50 x',
    ]);
    const large = good.ours.map(({ speed }) => measured(speed, 101));
    expect(missed({ ours: large })).toEqual(['1.01 x the memory of PyTorch without a budget']);
    expect(trainingVerdict(row, 'avx', { ...good, limited: undefined }).failures).toEqual([
      'nothing runs within 0.50 x the memory',
    ]);
  });

  test('what has to fit is smaller than the bytes', () => {
    expect(fittingVerdict(fitting, measured(3, 99))).toEqual({
      cells: { ours: '3.0 tokens/s', limitedPeak: '99 MiB', mostMemory: '100 MiB' },
      failures: [],
    });
    expect(fittingVerdict(fitting, measured(3, 100)).failures).toHaveLength(1);
    expect(fittingVerdict(fitting, undefined).failures).toEqual(['nothing runs within 100 MiB']);
  });

  test('a line has a cell for each column', () => {
    const [heading, rule, line] = tableLines([{ work: 'this', speed: '2 x' }]).map((text) =>
      text.split('|').map((cell) => cell.trim()),
    );
    expect(rule).toHaveLength(heading!.length);
    expect(line![1]).toBe('this');
    expect(line![heading!.indexOf('speed')]).toBe('2 x');
    expect(line![heading!.indexOf('PyTorch')]).toBe('-');
  });
});
