// A hub with one small model and one that is gated, and an empty cache, made anew for each test.
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { AutomodelError } from '@automodel/core';
import { resolveModelFolder, type ResolveOptions } from '../src/index.js';
import type { Seen } from './fake-answer.js';
import { FakeHub } from './fake-hub.js';

/** 200 kB whose hash differs whenever a piece is missing or doubled. */
export const WEIGHTS = Buffer.concat(
  Array.from({ length: 6250 }, (_, i) => createHash('sha256').update(String(i)).digest()),
);
const FILES = { 'config.json': '{}', 'tokenizer.json': '{"a":1}', 'model.safetensors': WEIGHTS };

export class TinyHub {
  #hub: FakeHub | undefined;
  #home: string | undefined;

  /** The folder of the cache. */
  get home(): string {
    if (this.#home === undefined) throw new Error('the hub was not started');
    return this.#home;
  }

  get hub(): FakeHub {
    if (this.#hub === undefined) throw new Error('the hub was not started');
    return this.#hub;
  }

  async start(): Promise<void> {
    this.#home = await realpath(await mkdtemp(join(tmpdir(), 'automodel-hub-')));
    this.#hub = await FakeHub.start(
      { id: 'someone/tiny', files: FILES },
      { id: 'someone/gated', files: FILES, gated: true },
    );
  }

  async stop(): Promise<void> {
    await this.hub.stop();
    await rm(this.home, { recursive: true, force: true });
  }

  environmentOf(environment: Record<string, string> = {}): Record<string, string> {
    return { HF_ENDPOINT: this.hub.endpoint, HF_HOME: this.home, ...environment };
  }

  resolved(
    options: ResolveOptions = {},
    environment: Record<string, string> = {},
    id = 'someone/tiny',
  ): Promise<string> {
    return resolveModelFolder(id, {
      timing: { firstPauseSeconds: 0.001, attempts: 3 },
      ...options,
      environment: this.environmentOf(environment),
    });
  }

  blobs(): string {
    return join(this.home, 'hub/models--someone--tiny/blobs');
  }

  async incomplete(): Promise<string[]> {
    return (await readdir(this.blobs())).filter((name) => name.endsWith('.incomplete'));
  }
}

/** The hub of each test in a file. */
export function useTinyHub(): TinyHub {
  const tiny = new TinyHub();
  beforeEach(() => tiny.start());
  afterEach(() => tiny.stop());
  return tiny;
}

export const hasWeights = async (folder: string): Promise<boolean> =>
  WEIGHTS.equals(await readFile(join(folder, 'model.safetensors')));

/** Whether a request asks for the weights. */
export const ofWeights = ({ host, method }: Seen): boolean => host === 'cdn' && method === 'GET';

/** The error that `promise` is rejected with. */
export async function refusal(promise: Promise<unknown>): Promise<AutomodelError> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof AutomodelError)) throw new Error(`no AutomodelError: ${String(error)}`);
  return error;
}
