// The pure parts: which machine has which floors, who runs when, and what is told of the numbers.
import { describe, expect, test } from 'vitest';
import { readMachine } from '../src/machine.js';
import { measurePairs, measureWithin } from '../src/measure.js';
import { parseOptions } from '../src/options.js';
import { ROWS, type DecodingRow, type DocumentsRow, type FittingRow } from '../src/rows.js';
import { measurementOf, type Measurement } from '../src/sides.js';
import { tableLines } from '../src/table.js';
import { decodingVerdict, documentsVerdict, fittingVerdict, pairsVerdict } from '../src/verdict.js';

const MEBIBYTE = 2 ** 20;
const measured = (speed: number, mebibytes: number): Measurement => ({
  speed,
  peak: mebibytes * MEBIBYTE,
});

const fitting: FittingRow = {
  kind: 'fitting',
  shape: 'any',
  batch: 1,
  seq: 8,
  dtype: 'f32',
  bytes: 100 * MEBIBYTE,
};
const documents: DocumentsRow = { kind: 'documents', full: 'x', padded: 4, seq: 8, share: 0.5 };
const decoding: DecodingRow = {
  kind: 'decoding',
  shape: 'any',
  dtype: 'bf16',
  prompt: 1,
  tokens: 2,
  speed: { amx: 1, 'avx512-bf16': 1, avx: 1 },
  bandwidth: 0.8,
};

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

  test('rows that documents are compared with are measured before them', () => {
    const rowsOf = (names: string): readonly string[] =>
      parseOptions(['python', '--rows', names], 2).rows;
    expect(rowsOf('documents,llama-21M-f32')).toEqual(['llama-21M-f32', 'documents']);
    expect(Object.values(ROWS).every((row) => row.kind !== 'documents' || row.full in ROWS)).toBe(
      true,
    );
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
  expect(measurementOf('{"tok_s": 1, "peak_rss_mb": 3, "padded": 1.5}').padded).toBe(1.5);
  expect(() => measurementOf('{"tok_s": 12.5}')).toThrow('without tok_s and peak_rss_mb');
});

describe('measuring', () => {
  const calls: string[] = [];
  const sides = {
    ours: (budget?: number): Promise<Measurement> => {
      calls.push(budget === undefined ? 'ours' : `ours in ${budget / MEBIBYTE}`);
      if (budget !== undefined && budget < 10 * MEBIBYTE)
        return Promise.reject(new Error('error: a memory budget of 0.01 GB does not hold weights'));
      return Promise.resolve(measured(4, 40));
    },
    theirs: (compiled = false): Promise<Measurement> => {
      calls.push(compiled ? 'compiled' : 'theirs');
      return Promise.resolve(measured(2, 100));
    },
  };
  const options = { pairs: 2, compiled: 1, tell: () => undefined };

  test('both sides take turns, and the budget is a share of what PyTorch took', async () => {
    await measurePairs(sides, { ...options, memory: 0.5 });
    expect(calls.splice(0)).toEqual(['compiled', 'ours', 'theirs', 'theirs', 'ours', 'ours in 50']);
    await measurePairs(sides, { ...options, pairs: 1, compiled: 0 });
    expect(calls.splice(0)).toEqual(['ours', 'theirs']);
  });

  test('a budget that is too small is a result, another error is none', async () => {
    const { limited } = await measurePairs(sides, { ...options, memory: 0.05 });
    expect(limited).toBeUndefined();
    expect(await measureWithin(sides, fitting.bytes, options.tell)).toEqual(measured(4, 40));
    const broken = { ours: () => Promise.reject(new Error('no such folder')) };
    await expect(measureWithin(broken, 1, options.tell)).rejects.toThrow('no such folder');
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
    const { cells, failures } = pairsVerdict(good, 2, 0.5);
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
      pairsVerdict({ ...good, ...change }, 1.5, 0.5).failures;
    expect(missed({})).toEqual([]);
    expect(pairsVerdict(good, 3, 0.5).failures).toEqual([
      '2.00 x the speed of PyTorch, not 3.00 x',
    ]);
    expect(missed({ compiled: [measured(40, 1)] })).toEqual([
      '1.00 x the speed of PyTorch compiled, not more than 1',
    ]);
    expect(missed({ limited: measured(1, 51) })).toEqual([
      '51 MiB in a budget of 50 MiB, 0.50 x the memory of PyTorch',
    ]);
    const large = good.ours.map(({ speed }) => measured(speed, 101));
    expect(missed({ ours: large })).toEqual(['1.01 x the memory of PyTorch without a budget']);
    expect(pairsVerdict({ ...good, limited: undefined }, 1.5, 0.5).failures).toEqual([
      'nothing runs within 0.50 x the memory',
    ]);
  });

  test('packing gives what padding costs', () => {
    const padded = good.theirs.map((one) => ({ ...one, padded: 2 }));
    const verdict = (ratio: number): readonly string[] =>
      documentsVerdict(documents, { ...good, theirs: padded }, ratio).failures;
    expect(verdict(2)).toEqual([]);
    expect(verdict(2.1)).toEqual(['2.00 x the speed of PyTorch, not 2.10 x']);
    expect(() => documentsVerdict(documents, good, 2)).toThrow('nothing of padding');
  });

  test('decoding reads all weights once a token', () => {
    const failures = (bandwidth: number): readonly string[] =>
      decodingVerdict(decoding, good, 1, { weights: 2, bandwidth }).failures;
    expect(failures(100)).toEqual([]);
    expect(failures(102)).toHaveLength(1);
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
