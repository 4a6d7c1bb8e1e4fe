// The two sides of a comparison: `automodel bench` and PyTorch's script, each a process of its own
// that prints one line of JSON.
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { mustRun } from '../../compare-commits/src/run-command.js';
import type { Options } from './options.js';
import type { FittingRow, TrainingRow } from './rows.js';

/** What both sides tell of a run. */
export interface Measurement {
  /** Tokens per second of the best step after the first. */
  readonly speed: number;
  /** Bytes: the highest resident memory of the process. */
  readonly peak: number;
}

const repository = fileURLToPath(new URL('../../../', import.meta.url));
const peer = (name: string): string => join(repository, 'benchmarks', 'peers', name);
const MEBIBYTE = 2 ** 20;

type Training = TrainingRow | FittingRow;

/** Runs both sides as the options say. */
export class Sides {
  readonly #options: Options;
  readonly #program: readonly string[];

  /** Errors: the command line is not built, and not asked for from source. */
  constructor(options: Options) {
    this.#options = options;
    const [built, source] = ['dist/cli.js', 'src/main.ts'].map((file) =>
      join(repository, 'apps', 'cli', file),
    ) as [string, string];
    if (!options.source && !existsSync(built))
      throw new Error('the command line is not built: npm run build, or give --source');
    this.#program = options.source
      ? ['--import', 'tsx', '--conditions=@automodel/source', source]
      : [built];
  }

  /** Our side. `budget`: bytes that the run may take. */
  async ours(row: Training, budget?: number): Promise<Measurement> {
    const model = await this.#model(row.shape);
    const output = await this.#automodel([
      'bench',
      model,
      '--dtype',
      row.dtype,
      ...this.#common(row),
      ...(budget === undefined ? [] : ['--budget-gb', String(budget / 1e9)]),
      '--json',
    ]);
    return measurementOf(output);
  }

  /** PyTorch, of the same class of precision: a full run in bf16 has f32 master weights. */
  async theirs(row: Training, { compiled = false } = {}): Promise<Measurement> {
    const model = await this.#model(row.shape);
    const isMixed = row.dtype === 'bf16' && row.lora === undefined;
    const output = await this.#python([
      peer('torch_train.py'),
      model,
      '--dtype',
      isMixed ? 'autocast' : row.dtype,
      ...this.#common(row),
      ...(compiled ? ['--compile'] : []),
    ]);
    return measurementOf(output);
  }

  /** The instruction set of our kernels. Errors: `doctor` does not tell it. */
  async instructionSet(): Promise<string> {
    const [, used] =
      /"text":"[^"]*used: ([a-z0-9-]+)/.exec(await this.#automodel(['doctor', '--json'])) ?? [];
    if (used === undefined) throw new Error('doctor names no instruction set');
    return used;
  }

  async torchVersion(): Promise<string> {
    return (await this.#python(['-c', 'import torch; print(torch.__version__)'])).trim();
  }

  /** Standard output of our command line. */
  #automodel(words: readonly string[]): Promise<string> {
    const { AUTOMODEL_CPU_ISA: set } = process.env;
    return mustRun(process.execPath, [...this.#program, ...words], {
      cwd: repository,
      environment: set === undefined ? {} : { AUTOMODEL_CPU_ISA: set },
    });
  }

  #common({ batch, seq, lora, ...row }: Training): string[] {
    const { threads } = this.#options;
    const steps = Math.max(this.#options.steps, row.steps ?? 0);
    const numbers = { batch, seq, steps, threads, ...(lora === undefined ? {} : { lora }) };
    return Object.entries(numbers).flatMap(([name, value]) => [`--${name}`, String(value)]);
  }

  #python(words: readonly string[]): Promise<string> {
    return mustRun(this.#options.python, words, { cwd: repository });
  }

  /** The folder of a model, made when it is first needed. */
  async #model(shape: string): Promise<string> {
    const folder = join(this.#options.folder, shape);
    if (existsSync(folder)) return folder;
    mkdirSync(this.#options.folder, { recursive: true });
    const unfinished = `${folder}.${process.pid}`;
    rmSync(unfinished, { recursive: true, force: true });
    await this.#python([peer('make_model.py'), shape, unfinished]);
    renameSync(unfinished, folder);
    return folder;
  }
}

/** The last line of a side's output. Errors: it is none of theirs. */
export function measurementOf(output: string): Measurement {
  const line = output.trim().split('\n').at(-1) ?? '';
  const { tok_s, peak_rss_mb } = JSON.parse(line) as Record<string, unknown>;
  if (typeof tok_s !== 'number' || typeof peak_rss_mb !== 'number')
    throw new Error(`a line without tok_s and peak_rss_mb: ${line}`);
  return { speed: tok_s, peak: peak_rss_mb * MEBIBYTE };
}
