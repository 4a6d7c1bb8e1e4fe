// The two sides of each kind of work: `automodel bench` or a script of ours, and a script of
// benchmarks/peers, each a process of its own that prints one line of JSON.
import type { Inputs } from './inputs.js';
import { fileOf, numbersOf, type Programs } from './programs.js';
import type { DecodingRow, DocumentsRow, FittingRow, TrainingRow } from './rows.js';

/** What a side tells of one run. */
export interface Measurement {
  /** Tokens per second. */
  readonly speed: number;
  /** Bytes: the highest resident memory of the process. */
  readonly peak: number;
  /** Where documents are padded: tokens computed for each that is real. */
  readonly padded?: number;
}

/** Runs one side of one row. */
export interface Sides {
  /** `budget`: bytes that the run may take. */
  ours(budget?: number): Promise<Measurement>;
  theirs(compiled?: boolean): Promise<Measurement>;
}

/** What runs them, and how long. */
export interface SideContext {
  readonly programs: Programs;
  readonly inputs: Inputs;
  readonly threads: number;
  readonly steps: number;
}

const MEBIBYTE = 2 ** 20;
const peer = (name: string): string => fileOf('benchmarks', 'peers', name);
const compile = (compiled: boolean): string[] => (compiled ? ['--compile'] : []);
const within = (budget: number | undefined): readonly string[] =>
  numbersOf({ 'budget-gb': budget === undefined ? undefined : budget / 1e9 });

/** Training on full rows; PyTorch in the same class of precision. */
export function trainingSides(
  row: TrainingRow | FittingRow,
  { programs, inputs, threads, ...context }: SideContext,
): Sides {
  const { shape, batch, seq, lora, dtype } = row;
  const steps = Math.max(context.steps, row.steps ?? 0);
  const common = numbersOf({ batch, seq, steps, threads, lora });
  // a full run in bf16 has f32 master weights
  const theirs = dtype === 'bf16' && lora === undefined ? 'autocast' : dtype;
  return {
    ours: async (budget) => {
      const model = await (row.recorded === true
        ? inputs.recorded(shape, batch, seq)
        : inputs.model(shape));
      const words = ['bench', model, '--dtype', dtype, ...common, ...within(budget), '--json'];
      return measurementOf(await programs.automodel(words));
    },
    theirs: async (compiled = false) => {
      const words = [await inputs.model(shape), '--dtype', theirs, ...common, ...compile(compiled)];
      return measurementOf(await programs.python([peer('torch_train.py'), ...words]));
    },
  };
}

/** Training on documents, with model and precision of the full row; both go through them once. */
export function documentsSides(
  { seq, padded }: DocumentsRow,
  { shape, dtype }: TrainingRow,
  documents: readonly number[],
  { programs, inputs, threads }: SideContext,
): Sides {
  const tokens = documents.reduce((sum, length) => sum + length, 0);
  const steps = Math.ceil(tokens / seq) + 1;
  const common = async (): Promise<string[]> => [
    await inputs.model(shape),
    '--lengths',
    await inputs.lengths(),
    '--dtype',
    dtype,
  ];
  return {
    ours: async (budget) => {
      const sizes = numbersOf({ batch: 1, seq, steps, threads });
      const words = ['bench', ...(await common()), ...sizes, ...within(budget), '--json'];
      return measurementOf(await programs.automodel(words));
    },
    theirs: async (compiled = false) => {
      const sizes = numbersOf({ batch: padded, threads });
      const words = [...(await common()), ...sizes, ...compile(compiled)];
      return measurementOf(await programs.python([peer('torch_documents.py'), ...words]));
    },
  };
}

/** Greedy decoding after the prompt. */
export function decodingSides(
  { shape, dtype, prompt, tokens }: DecodingRow,
  { programs, inputs, threads }: SideContext,
): Sides {
  const common = ['--dtype', dtype, ...numbersOf({ prompt, tokens, threads })];
  return {
    ours: async () => {
      const words = [await inputs.model(shape), ...common, '--json'];
      return measurementOf(await programs.script(fileOf('benchmarks', 'decoding.mjs'), words));
    },
    theirs: async () => {
      const words = [peer('torch_generate.py'), await inputs.model(shape), ...common];
      return measurementOf(await programs.python(words));
    },
  };
}

/** The last line of a side's output. Errors: it is none of theirs. */
export function measurementOf(output: string): Measurement {
  const line = output.trim().split('\n').at(-1) ?? '';
  const { tok_s, peak_rss_mb, padded } = JSON.parse(line) as Record<string, unknown>;
  if (typeof tok_s !== 'number' || typeof peak_rss_mb !== 'number')
    throw new Error(`a line without tok_s and peak_rss_mb: ${line}`);
  const measured = { speed: tok_s, peak: peak_rss_mb * MEBIBYTE };
  return typeof padded === 'number' ? { ...measured, padded } : measured;
}
