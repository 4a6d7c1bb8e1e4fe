// Real processes for tests, bundled as a package is, so that they start quickly and the thread of
// the rendezvous is found beside the bundle.
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'tsup';

/** The folder of the scripts `rank.js` and `supervise.js`. */
export async function buildScripts(): Promise<string> {
  const outDir = mkdtempSync(join(tmpdir(), 'automodel-ranks-'));
  const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
  await build({
    entry: {
      rank: here('rank.ts'),
      supervise: here('supervise.ts'),
      'rendezvous-worker': here('../../src/rendezvous/rendezvous-worker.ts'),
    },
    outDir,
    format: 'esm',
    target: 'node20',
    outExtension: () => ({ js: '.js' }),
    noExternal: [/^@automodel/],
    dts: false,
    silent: true,
    config: false,
    esbuildOptions: (options) => {
      options.conditions = ['@automodel/source'];
    },
  });
  return outDir;
}

export type Said = Readonly<Record<string, unknown>>;

const running = new Set<TestProcess>();

/** For the end of a test file. */
export function killAll(): void {
  for (const one of running) one.kill('SIGKILL');
}

/** A process, and what it has said so far. */
export class TestProcess {
  readonly ended: Promise<{ readonly code: number | null; readonly signal: string | null }>;
  readonly lines: string[] = [];
  readonly #child: ChildProcess;
  readonly #listeners = new Set<() => void>();

  constructor(script: string, args: readonly string[], environment: Record<string, string>) {
    const { PATH = '', TMPDIR = tmpdir() } = process.env;
    this.#child = spawn(process.execPath, [script, ...args], {
      env: { PATH, TMPDIR, ...environment },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    running.add(this);
    this.#child.on('exit', () => running.delete(this));
    let rest = '';
    this.#child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop()!;
      this.lines.push(...lines);
      for (const listener of this.#listeners) listener();
    });
    this.ended = once(this.#child, 'close').then(([code, signal]) => ({
      code: code as number | null,
      signal: signal as string | null,
    }));
  }

  get pid(): number {
    return this.#child.pid!;
  }

  tell(word: string): void {
    this.#child.stdin!.write(`${word}\n`);
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** The first line that fits, of all that it has said or will say. */
  async line(fits: (line: string) => boolean): Promise<string> {
    for (;;) {
      const found = this.lines.find(fits);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => {
        this.#listeners.add(resolve);
        void this.ended.then(() => resolve());
      });
      if (this.#child.stdout!.closed && !this.lines.some(fits))
        throw new Error(`it ended, having said ${this.lines.join(' | ')}`);
    }
  }

  /** The first thing that it says under a name. */
  async said(name: string): Promise<unknown> {
    const line = await this.line((text) => text.startsWith(`{"${name}":`));
    return (JSON.parse(line) as Said)[name];
  }
}

/** A port that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  return port;
}

/** Resolves when no process has this id any more, zombies aside. */
export async function isGone(pid: number): Promise<void> {
  for (;;) {
    try {
      process.kill(pid, 0);
    } catch {
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
