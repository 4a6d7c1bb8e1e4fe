// A command that several processes share, as a test that disturbs them sees it: what it writes, the
// process of each rank, and whether any of them is left.
import { spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { join } from 'node:path';
import { repository } from './begin-kill-test.mjs';

const faults = pathToFileURL(join(repository, 'tooling/kill-test/inject-faults.mjs')).href;
/** After `npm run build` several processes start much faster from what it made. */
const PROGRAM =
  process.env.BUILT === undefined
    ? [
        '--import',
        'tsx',
        '--conditions=@automodel/source',
        join(repository, 'apps/cli/src/main.ts'),
      ]
    : [join(repository, 'apps/cli/bin/automodel.js')];
const POLL = 5;
/** All others have to end within ten seconds. */
const LONGEST_END = 10_000;

const read = (path) => {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
};

export class RunningRanks {
  text = '';
  code;
  #child;
  #output;
  #ended;

  /** `words`: those of `automodel finetune`; `output` is in them, and names the run. */
  constructor(output, words, environment) {
    this.#output = output;
    const args = [...PROGRAM, 'finetune', ...words, '--output', output];
    this.#child = spawn('node', ['--import', faults, ...args], {
      cwd: repository,
      env: { ...process.env, FAULTS_BELOW: output, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr])
      stream.on('data', (chunk) => (this.text += String(chunk)));
    // streams are closed when the last process has ended
    this.#ended = new Promise((resolve) =>
      this.#child.on('close', (code) => {
        this.code = code ?? 'a signal';
        resolve();
      }),
    );
  }

  get supervisor() {
    return this.#child.pid;
  }

  get hasEnded() {
    return this.code !== undefined;
  }

  ended() {
    return this.#ended;
  }

  /** The processes whose command line names the run; those that have ended have none. */
  alive() {
    return readdirSync('/proc')
      .filter((id) => /^\d+$/.test(id) && read(`/proc/${id}/cmdline`).includes(this.#output))
      .map(Number);
  }

  /** The process of a rank; undefined before it is started and after it has ended. */
  processOf(rank) {
    return this.alive().find((id) => {
      const place = /AUTOMODEL_SUPERVISED=([^\0]*)/.exec(read(`/proc/${id}/environ`))?.[1];
      return place !== undefined && JSON.parse(place).rank === rank;
    });
  }

  /** Whether something became true before the command ended. */
  async until(isTrue) {
    while (!this.hasEnded) {
      if (isTrue()) return true;
      await setTimeout(POLL);
    }
    return false;
  }

  /** Milliseconds until nobody was left. Calls `fail` with those that are after ten seconds. */
  async gone(fail) {
    const begin = performance.now();
    while (this.alive().length > 0) {
      if (performance.now() - begin > LONGEST_END)
        fail(`${this.#output}: left running: ${this.alive().join(', ')}\n${this.text}`);
      await setTimeout(POLL);
    }
    await this.#ended;
    return performance.now() - begin;
  }
}
