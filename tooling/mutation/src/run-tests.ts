// Runs tests of a checkout in a process of its own and says how it ended: passed, the first test
// that failed, or no end in time.
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** Without limits of single tests: on a busy machine a late test would count as one that failed. */
const OPTIONS = ['--bail=1', '--reporter=json', '--testTimeout=0', '--hookTimeout=0'];

/** How a run of tests ended: `failure` is what noticed, undefined where all passed. */
export interface TestRun {
  readonly tests: number;
  readonly failure: string | undefined;
}

/** The part of vitest's JSON report that is read. */
interface Report {
  readonly numTotalTests: number;
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message: string;
    readonly assertionResults: readonly { readonly fullName: string; readonly status: string }[];
  }[];
}

/**
 * The tests of `root` whose files match one of `filters`, until the first failure. A run that takes
 * longer than `seconds` is ended and counts as failed.
 */
export async function runTests(
  root: string,
  filters: readonly string[],
  environment: Readonly<Record<string, string>>,
  seconds: number,
): Promise<TestRun> {
  const path = join(root, 'mutation-report.json');
  rmSync(path, { force: true });
  const code = await runVitest(root, [...filters, `--outputFile=${path}`], environment, seconds);
  if (code === 'late') return { tests: 0, failure: `no end within ${seconds} s` };
  if (!existsSync(path)) return { tests: 0, failure: `vitest ended with ${code}, no report` };
  const report = JSON.parse(readFileSync(path, 'utf8')) as Report;
  const failure = code === 0 ? undefined : firstFailure(root, report);
  return { tests: report.numTotalTests, failure };
}

function firstFailure(root: string, { testResults }: Report): string {
  for (const { name, status, message, assertionResults } of testResults) {
    const file = name.replace(`${root}/`, '');
    const failed = assertionResults.find((test) => test.status === 'failed');
    if (failed !== undefined) return `${file}: ${failed.fullName}`;
    if (status === 'failed') return `${file}: ${message.split('\n')[0] ?? ''}`;
  }
  return 'an error outside of tests';
}

/** The exit code (or signal) of vitest. */
function runVitest(
  root: string,
  words: readonly string[],
  environment: Readonly<Record<string, string>>,
  seconds: number,
): Promise<number | string> {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(VITEST|NODE_ENV$)/.test(name),
  );
  return new Promise((done, reject) => {
    const child = spawn(
      process.execPath,
      ['node_modules/vitest/vitest.mjs', 'run', ...OPTIONS, ...words],
      {
        cwd: root,
        env: { ...Object.fromEntries(inherited), CI: 'true', ...environment },
        stdio: 'ignore',
        detached: true,
      },
    );
    let late = false;
    // The whole group: vitest's workers too, and also when this process ends first.
    const end = (): void => void (child.pid !== undefined && process.kill(-child.pid, 'SIGKILL'));
    const timer = setTimeout(() => {
      late = true;
      end();
    }, seconds * 1000);
    process.once('exit', end);
    child.on('error', reject);
    child.on('exit', (code, signal) => {
      clearTimeout(timer);
      process.off('exit', end);
      done(late ? 'late' : (code ?? signal ?? 'an unknown end'));
    });
  });
}
