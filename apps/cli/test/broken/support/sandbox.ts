// A folder with everything a run needs (model, rows, recipe, adapter), in which one thing is then
// broken. `snapshot` shows whether a command left anything behind.
import { createHash } from 'node:crypto';
import {
  cpSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { writeTinyFolder } from '../../support/tiny-folder.js';

export type Json = Record<string, unknown>;

const RECIPE = `model:
  pretrained_model_name_or_path: model
dataset:
  path_or_dataset_id: rows.jsonl
step_scheduler:
  global_batch_size: 4
  local_batch_size: 2
  max_steps: 2
optimizer:
  lr: 1.0e-3
backend:
  threads: 1
checkpoint:
  checkpoint_dir: out
`;

/** Paths are relative to its folder. */
export class Sandbox {
  constructor(readonly root: string) {}

  path(name: string): string {
    return join(this.root, name);
  }

  read(name: string): string {
    return readFileSync(this.path(name), 'utf8');
  }

  write(name: string, content: string | Uint8Array): void {
    mkdirSync(dirname(this.path(name)), { recursive: true });
    writeFileSync(this.path(name), content);
  }

  remove(name: string): void {
    rmSync(this.path(name), { recursive: true });
  }

  /** Replaces the one place where `from` stands. */
  replace(name: string, from: string, to: string): void {
    const text = this.read(name);
    if (text.split(from).length !== 2)
      throw new Error(`${name} has ${text.split(from).length - 1} times ${JSON.stringify(from)}`);
    this.write(
      name,
      text.replace(from, () => to),
    );
  }

  json(name: string, edit: (value: Json) => unknown): void {
    const value = JSON.parse(this.read(name)) as Json;
    const edited = edit(value);
    this.write(name, JSON.stringify(edited ?? value));
  }

  config(changes: Json): void {
    this.json('model/config.json', (config) => ({ ...config, ...changes }));
  }

  rows(...rows: readonly unknown[]): void {
    this.write(
      'rows.jsonl',
      `${rows.map((row) => (typeof row === 'string' ? row : JSON.stringify(row))).join('\n')}\n`,
    );
  }

  /** Adds lines to the recipe, or replaces the one at `from`. */
  recipe(lines: string, from?: string): void {
    if (from === undefined) this.write('recipe.yaml', `${this.read('recipe.yaml')}${lines}\n`);
    else this.replace('recipe.yaml', from, lines);
  }

  /**
   * Rewrites a safetensors file with another header, whose length is corrected; or with other
   * tensor bytes.
   */
  safetensors(
    name: string,
    edit: (parts: {
      header: Json;
      data: Buffer;
    }) => { header?: Json | string; data?: Uint8Array } | void,
  ): void {
    const bytes = readFileSync(this.path(name));
    const length = Number(bytes.readBigUInt64LE(0));
    const parts = {
      header: JSON.parse(bytes.toString('utf8', 8, 8 + length)) as Json,
      data: bytes.subarray(8 + length),
    };
    const edited = edit(parts) ?? {};
    const header = edited.header ?? parts.header;
    this.write(
      name,
      safetensorsBytes(
        typeof header === 'string' ? header : JSON.stringify(header),
        edited.data ?? parts.data,
      ),
    );
  }

  /** Every path with what it holds: a digest, a link's target, or nothing for a folder. */
  snapshot(): Record<string, string> {
    const found: Record<string, string> = {};
    const walk = (folder: string): void => {
      for (const name of readdirSync(join(this.root, folder)).sort()) {
        const at = folder === '' ? name : `${folder}/${name}`;
        const info = lstatSync(this.path(at));
        if (info.isSymbolicLink()) found[at] = `-> ${readlinkSync(this.path(at))}`;
        else if (info.isDirectory()) found[at] = 'folder';
        else
          found[at] = createHash('sha1')
            .update(readFileSync(this.path(at)))
            .digest('hex');
        if (info.isDirectory()) walk(at);
      }
    };
    walk('');
    return found;
  }
}

/** The bytes of a safetensors file. */
export function safetensorsBytes(header: string, data: Uint8Array): Buffer {
  const text = Buffer.from(header);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, data]);
}

/** Makes sandboxes: the model is written once, each sandbox is a copy. */
export class SandboxMaker {
  #count = 0;

  private constructor(readonly base: string) {}

  static async create(): Promise<SandboxMaker> {
    const base = realpathSync(mkdtempSync(join(tmpdir(), 'automodel-broken-')));
    const template = join(base, 'template');
    mkdirSync(template);
    await writeTinyFolder(template);
    rmSync(join(template, 'description'), { recursive: true });
    writeFileSync(join(template, 'recipe.yaml'), RECIPE);
    return new SandboxMaker(base);
  }

  make(): Sandbox {
    const root = join(this.base, `case-${++this.#count}`);
    cpSync(join(this.base, 'template'), root, { recursive: true });
    return new Sandbox(root);
  }

  close(): void {
    rmSync(this.base, { recursive: true, force: true });
  }
}
