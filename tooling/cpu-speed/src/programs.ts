// The programs of both sides: our command line and scripts, built or from source, and a Python with
// PyTorch. Each runs to its end and prints what it measured.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { mustRun } from '../../compare-commits/src/run-command.js';

const repository = fileURLToPath(new URL('../../../', import.meta.url));

const FROM_SOURCE = ['--import', 'tsx', '--conditions=@automodel/source'];

export interface ProgramOptions {
  /** A Python with benchmarks/peers/requirements.txt. */
  readonly python: string;
  /** Our side from source rather than built. */
  readonly source: boolean;
}

/** A file of this repository. */
export const fileOf = (...path: string[]): string => join(repository, ...path);

/** Standard output of programs. Errors: a program fails. */
export class Programs {
  readonly #options: ProgramOptions;
  readonly #commandLine: string;

  /** Errors: our side is neither built nor asked for from source. */
  constructor(options: ProgramOptions) {
    this.#options = options;
    this.#commandLine = fileOf(
      'apps',
      'cli',
      ...(options.source ? ['src/main.ts'] : ['dist/cli.js']),
    );
    if (!existsSync(this.#commandLine))
      throw new Error('the command line is not built: npm run build, or give --source');
  }

  automodel(words: readonly string[]): Promise<string> {
    return this.script(this.#commandLine, words);
  }

  /** A script of this repository. */
  script(file: string, words: readonly string[]): Promise<string> {
    const { AUTOMODEL_CPU_ISA: set } = process.env;
    const flags = this.#options.source ? FROM_SOURCE : [];
    return mustRun(process.execPath, [...flags, file, ...words], {
      cwd: repository,
      environment: set === undefined ? {} : { AUTOMODEL_CPU_ISA: set },
    });
  }

  /** A script of benchmarks/peers, or of another folder. */
  python(words: readonly string[]): Promise<string> {
    return mustRun(this.#options.python, words, { cwd: repository });
  }

  /** Any other program. */
  run(command: string, words: readonly string[]): Promise<string> {
    return mustRun(command, words, { cwd: repository });
  }

  /** The instruction set of our kernels. Errors: `doctor` does not tell it. */
  async instructionSet(): Promise<string> {
    const report = await this.automodel(['doctor', '--json']);
    const [, used] = /"text":"[^"]*used: ([a-z0-9-]+)/.exec(report) ?? [];
    if (used === undefined) throw new Error('doctor names no instruction set');
    return used;
  }

  async torchVersion(): Promise<string> {
    return (await this.python(['-c', 'import torch; print(torch.__version__)'])).trim();
  }
}

/** `--name value` for each number that is there. */
export const numbersOf = (
  numbers: Readonly<Record<string, number | undefined>>,
): readonly string[] =>
  Object.entries(numbers).flatMap(([name, value]) =>
    value === undefined ? [] : [`--${name}`, String(value)],
  );
