// Feeds broken files to everything that reads files, and looks at what comes of each: refused with
// one line, or read as exactly what the bytes say; never another exception, a hang, or memory
// without end. The target `structure` writes graphs around what fusion looks for instead, and
// compares their results with and without it. A developer's check of minutes to hours; some
// thousands of cases of each target are among the tests. Usage:
// node tooling/fuzz/fuzz.mjs [--target NAME] [--count N] [--seed S] [--case N [--dump FILE]]
import { fork } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    target: { type: 'string' },
    count: { type: 'string', default: '10000' },
    seed: { type: 'string', default: '1' },
    case: { type: 'string' },
    dump: { type: 'string' },
  },
});
const NAMES = [
  'safetensors',
  'jsonl',
  'csv',
  'parquet',
  'recipe',
  'tokenizer',
  'template',
  'graph',
  'adapter',
  'state',
  'structure',
];
const HANG_SECONDS = 20;
const HEAP_MEGABYTES = 1024;
const CHUNK = 20_000; // cases of one process

const progress = join(mkdtempSync(join(tmpdir(), 'automodel-fuzz-')), 'progress');
writeFileSync(progress, '');

/** Cases of one process: its result, or what ended it. */
function run(name, from, count, more = []) {
  return new Promise((resolve) => {
    const worker = fork(
      fileURLToPath(new URL('src/worker.ts', import.meta.url)),
      [name, values.seed, String(from), String(count), ...more],
      {
        cwd: fileURLToPath(new URL('../../', import.meta.url)),
        execArgv: [
          '--import',
          'tsx',
          '--conditions=@automodel/source',
          `--max-old-space-size=${HEAP_MEGABYTES}`,
        ],
        stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
        env: { ...process.env, FUZZ_PROGRESS: progress },
      },
    );
    // starting takes its time
    let [answer, errors, last, since] = [undefined, '', '', Date.now() + 60_000];
    const at = () => readFileSync(progress, 'utf8').trim();
    const watch = setInterval(() => {
      if (at() !== last) [last, since] = [at(), Math.max(since, Date.now())];
      if (Date.now() - since < HANG_SECONDS * 1000) return;
      answer = { hang: last };
      worker.kill('SIGKILL');
    }, 1000);
    worker.stderr.on('data', (chunk) => (errors += chunk));
    worker.on('message', (message) => (answer = message));
    worker.on('exit', (code, signal) => {
      clearInterval(watch);
      resolve(answer ?? { crash: at(), how: `exit ${code ?? signal}: ${errors.slice(-2000)}` });
    });
  });
}

let bad = 0;
if (values.case !== undefined) {
  console.log(
    JSON.stringify(
      await run(
        values.target,
        Number(values.case),
        1,
        values.dump === undefined ? [] : [values.dump],
      ),
      null,
      2,
    ),
  );
} else {
  for (const name of values.target === undefined ? NAMES : values.target.split(',')) {
    const sum = { cases: 0, refused: 0, accepted: 0, failures: 0, peak: 0 };
    const started = Date.now();
    for (let from = 0; from < Number(values.count); from += CHUNK) {
      const answer = await run(name, from, Math.min(CHUNK, Number(values.count) - from));
      if (answer.result === undefined) {
        bad++;
        const how =
          answer.hang === undefined
            ? `process ended in case ${answer.crash}: ${answer.how}`
            : `hangs in case ${answer.hang}`;
        console.log(`${name}: ${how}`);
        continue;
      }
      for (const failure of answer.result.failures)
        console.log(`${name} case ${failure.index}: ${failure.what}`);
      sum.cases += answer.result.cases;
      sum.refused += answer.result.refused;
      sum.accepted += answer.result.accepted;
      sum.failures += answer.result.failures.length;
      sum.peak = Math.max(sum.peak, answer.peak);
    }
    bad += sum.failures;
    console.log(
      `${name}: ${sum.cases} cases, ${sum.refused} refused, ${sum.accepted} read, ` +
        `${sum.failures} to look at, at most ${Math.round(sum.peak)} MiB, ` +
        `${Math.round((Date.now() - started) / 1000)} s`,
    );
  }
}
process.exitCode = bad === 0 ? 0 : 1;
