// One command line in a loop, as a scheduler runs it: `finetune ... --resume auto`, ended again and
// again by SIGKILL, SIGHUP or SIGTERM at random moments, each time under another of two host names.
// The loop must end by itself with exit code 0, and weights, adapter, optimizer states, metrics and
// evaluations (times apart) must have the bytes of a run that was never disturbed. A developer's
// check of some minutes, not part of the tests.
// Usage: node tooling/kill-test/restart-test.mjs [KILLS] [SEED]
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beginKillTest, repository } from './begin-kill-test.mjs';
import { checkNothingLeft, tensorFiles } from './visible-checkpoints.mjs';

const [kills = '40', seed = '1'] = process.argv.slice(2);
const { root, random, fail } = beginKillTest('restart-test', seed);
const host = pathToFileURL(join(repository, 'tooling/kill-test/play-host.mjs')).href;

const VARIANTS = {
  'all weights': [],
  'an adapter': ['--peft.type=lora', '--peft.dim=4', '--peft.dropout=0.1'],
};
const SIGNALS = ['SIGKILL', 'SIGHUP', 'SIGTERM'];
const EXIT_CODES = { SIGHUP: 129, SIGTERM: 143 };
/** What the output says at the moments after which a kill can come. */
const SIGNS = {
  start: /^/,
  training: /activations/, // the plan is printed just before the first step
  result: /result .* saved/,
};
/** For every four kills. */
const MOMENTS = ['start', 'training', 'result', 'training'];
const HOSTS = ['node-1', 'node-2'];
const data = (name) => join(repository, 'examples/quickstart/data', name);

/**
 * The command line. It is killed, if a signal is given, `after` milliseconds after the moment
 * `from`. Returns how long it went on after each moment; 0: it did not come to it.
 */
function start(output, variant, hostName, { signal, after, from } = {}) {
  const words = [
    ...['--import', 'tsx', '--conditions=@automodel/source', '--import', host],
    join(repository, 'apps/cli/src/main.ts'),
    ...['finetune', '--resume', 'auto', '--output', output],
    ...['--model', join(repository, 'examples/quickstart/base')],
    ...['--data', data('validation.jsonl')],
    ...VARIANTS[variant],
    `--validation_dataset.path_or_dataset_id=${data('validation.jsonl')}`,
    '--validation_dataset.limit_dataset_samples=8',
    '--dataset.limit_dataset_samples=64',
    '--step_scheduler.num_epochs=5',
    '--step_scheduler.global_batch_size=8',
    '--step_scheduler.local_batch_size=4',
    '--step_scheduler.ckpt_every_steps=3',
    '--checkpoint.max_recent_checkpoints=null',
    `--evaluation.dataset.path_or_dataset_id=${data('validation.jsonl')}`,
    '--evaluation.dataset.limit_dataset_samples=8',
    '--evaluation.max_new_tokens=32',
    '--backend.threads=1',
  ];
  return new Promise((resolve) => {
    const child = spawn('node', words, {
      cwd: repository,
      env: { ...process.env, HOST_NAME: hostName },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const came = {};
    let [text, timer] = ['', undefined];
    const look = () => {
      for (const [moment, sign] of Object.entries(SIGNS)) {
        if (came[moment] !== undefined || !sign.test(text)) continue;
        came[moment] = performance.now();
        if (signal !== undefined && moment === from)
          timer = setTimeout(() => child.kill(signal), after);
      }
    };
    look();
    const read = (chunk) => {
      text += chunk;
      look();
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.on('close', (code, by) => {
      clearTimeout(timer);
      const end = performance.now();
      const spent = Object.keys(SIGNS).map((moment) => [moment, end - (came[moment] ?? end)]);
      resolve({ code, by, text, spent: Object.fromEntries(spent) });
    });
  });
}

/**
 * The loop, begun again while fewer than `count` kills hit; every run that ends is compared with
 * `reference`. Returns the hits.
 */
async function untilFinished(output, variant, reference, longest, count) {
  const hits = [];
  for (let i = 0; ; i++) {
    const signal = SIGNALS[Math.floor(random() * SIGNALS.length)];
    // of four, one at any moment from the start, one when the result is there, two in training
    const from = MOMENTS[hits.length % MOMENTS.length];
    const after = random() * (from === 'training' ? longest.training / 4 : longest[from]);
    const kill = hits.length < count ? { signal, after, from } : {};
    const { code, by, text, spent } = await start(output, variant, HOSTS[i % 2], kill);
    if (code === 0 && by === null) {
      if (hits.length >= count) return hits;
      compare(output, reference);
      rmSync(output, { recursive: true }); // too fast to be killed often enough
      continue;
    }
    if (by === null && code !== EXIT_CODES[signal])
      fail(`${output}: exit ${code} after ${signal}\n${text}`);
    hits.push({ signal, trained: spent.training > 0, evaluated: spent.result > 0 });
  }
}

const TIMES = ['timestamp', 'tps', 'tps_per_gpu', 'data_wait_ms', 'mem'];
const metricsOf = (folder) =>
  readFileSync(join(folder, 'metrics.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) =>
      JSON.stringify(Object.entries(JSON.parse(line)).filter(([name]) => !TIMES.includes(name))),
    )
    .join('\n');

/** The last evaluations before and after training; a stop may leave out samples on the way. */
const answersOf = (folder) => {
  const lines = readFileSync(join(folder, 'answers.jsonl'), 'utf8').trim().split('\n');
  const evaluations = lines.filter((line) => JSON.parse(line).scores.length > 0);
  return JSON.stringify(
    Object.fromEntries(evaluations.map((line) => [JSON.parse(line).steps, line])),
  );
};

function compare(output, reference) {
  const files = tensorFiles(reference);
  for (const name of files)
    if (
      !existsSync(join(output, name)) ||
      !readFileSync(join(output, name)).equals(readFileSync(join(reference, name)))
    )
      fail(`${output}: ${name} is not that of the undisturbed run`);
  if (metricsOf(output) !== metricsOf(reference))
    fail(`${output}: the metrics are not those of the undisturbed run`);
  if (answersOf(output) !== answersOf(reference))
    fail(`${output}: the answers are not those of the undisturbed run`);
  if (!/"status":"finished"/.test(readFileSync(join(output, 'report.json'), 'utf8')))
    fail(`${output}: the report does not say that the run is finished`);
  checkNothingLeft(output, fail);
  return files.length;
}

for (const variant of Object.keys(VARIANTS)) {
  const reference = join(root, `reference ${variant}`);
  const longest = await start(reference, variant, HOSTS[0]);
  if (longest.code !== 0) fail(longest.text);
  const output = join(root, `restarted ${variant}`);
  const hits = await untilFinished(
    output,
    variant,
    reference,
    longest.spent,
    Math.ceil(Number(kills) / 2),
  );
  const again = await start(output, variant, HOSTS[1]);
  if (again.code !== 0 || !/the run is finished/.test(again.text)) fail(again.text);
  const files = compare(output, reference);
  const counted = SIGNALS.map((name) => {
    const times = hits.filter(({ signal }) => signal === name).length;
    return `${times} ${name}`;
  });
  const trained = hits.filter((hit) => hit.trained).length;
  const evaluated = hits.filter((hit) => hit.evaluated).length;
  console.log(
    `${variant}: ${hits.length} kills (${counted.join(', ')}), ${trained} of them while it ` +
      `trained, ${evaluated} beside its result: ${files} files of tensors, metrics and ` +
      'evaluations are those of the undisturbed run; ' +
      'started once more, it says that it is finished',
  );
}
rmSync(root, { recursive: true });
