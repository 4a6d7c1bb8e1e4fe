// What both sides read: models with random weights, recorded ones, the lengths of documents, and
// how fast this machine reads. Each is made when it is first needed and kept.
import { existsSync, mkdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileOf, type Programs } from './programs.js';

const peer = (name: string): string => fileOf('benchmarks', 'peers', name);

/** Makes inputs in a folder. Errors: those of the programs that make them. */
export class Inputs {
  readonly #programs: Programs;
  readonly #folder: string;

  constructor(programs: Programs, folder: string) {
    this.#programs = programs;
    this.#folder = folder;
  }

  /** The folder of a shape of benchmarks/peers/make_model.py. */
  model(shape: string): Promise<string> {
    return this.#made(shape, async (path) => {
      await this.#programs.python([peer('make_model.py'), shape, path]);
    });
  }

  /** The same model recorded for batches of this shape. */
  async recorded(shape: string, rows: number, columns: number): Promise<string> {
    const model = await this.model(shape);
    return this.#made(`${shape}-recorded-${rows}x${columns}`, async (path) => {
      const size = [String(rows), String(columns)];
      await this.#programs.python([peer('record_graph.py'), model, ...size, path]);
    });
  }

  /** A file of 500 lengths from 30 to 500 tokens. */
  lengths(): Promise<string> {
    return this.#made('lengths.txt', async (path) => {
      writeFileSync(path, await this.#programs.python([peer('document_lengths.py')]));
    });
  }

  /** Bytes a second that `threads` threads read from memory. */
  async readBandwidth(threads: number): Promise<number> {
    const program = await this.#made('peaks', async (path) => {
      const source = fileOf('packages', 'cpu-backend', 'bench', 'peaks.cpp');
      const flags = ['-O2', '-march=native', '-ffp-contract=fast', '-pthread'];
      await this.#programs.run('g++', [...flags, source, '-o', path]);
    });
    const line = await this.#programs.run(program, [String(threads)]);
    return (JSON.parse(line) as { readonly read_gbs: number }).read_gbs * 1e9;
  }

  /** Bytes of a model's weights as they are stored. */
  async weightBytes(shape: string): Promise<number> {
    return statSync(join(await this.model(shape), 'model.safetensors')).size;
  }

  /** A path of that name that is there complete or not at all. */
  async #made(name: string, make: (path: string) => Promise<void>): Promise<string> {
    const path = join(this.#folder, name);
    if (existsSync(path)) return path;
    mkdirSync(this.#folder, { recursive: true });
    const unfinished = `${path}.${process.pid}`;
    rmSync(unfinished, { recursive: true, force: true });
    await make(unfinished);
    renameSync(unfinished, path);
    return path;
  }
}
