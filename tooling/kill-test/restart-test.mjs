// One command line in a loop, as a scheduler runs it: `finetune ... --resume auto`, ended again and
// again by SIGKILL, SIGHUP or SIGTERM at random moments, each time under another of two host names.
// The loop must end by itself with exit code 0, and weights, adapter, optimizer states and metrics
// (times apart) must have the bytes of a run that was never disturbed. A developer's check of some
// minutes, not part of the tests. Usage: node tooling/kill-test/restart-test.mjs [KILLS] [SEED]
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beginKillTest, repository } from './begin-kill-test.mjs';

const [kills = '40', seed = '1'] = process.argv.slice(2);
const { root, random, fail } = beginKillTest('restart-test', seed);
const host = pathToFileURL(join(repository, 'tooling/kill-test/play-host.mjs')).href;

const VARIANTS = {
  'all weights': [],
  'an adapter': ['--peft.type=lora', '--peft.dim=4', '--peft.dropout=0.1'],
};
const SIGNALS = ['SIGKILL', 'SIGHUP', 'SIGTERM'];
const EXIT_CODES = { SIGHUP: 129, SIGTERM: 143 };
const HOSTS = ['node-1', 'node-2'];
const data = (name) => join(repository, 'examples/quickstart/data', name);

/**
 * The command line. It is killed, if a signal is given, `after` milliseconds from its start, or
 * from when it trains.
 */
function start(output, variant, hostName, { signal, after, whileItTrains = false } = {}) {
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
    '--backend.threads=1',
  ];
  return new Promise((resolve) => {
    const began = performance.now();
    const child = spawn('node', words, {
      cwd: repository,
      env: { ...process.env, HOST_NAME: hostName },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [text, timer, training] = ['', undefined, undefined];
    const killLater = () => (timer = setTimeout(() => child.kill(signal), after));
    if (signal !== undefined && !whileItTrains) killLater();
    const read = (chunk) => {
      text += chunk;
      // the plan is printed just before the first step
      if (training !== undefined || !/activations/.test(text)) return;
      training = performance.now();
      if (signal !== undefined && whileItTrains) killLater();
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.on('close', (code, by) => {
      clearTimeout(timer);
      const end = performance.now();
      const trained = training === undefined ? 0 : end - training;
      resolve({ code, by, text, trained, milliseconds: end - began });
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
    // one of four at any moment from the start, the others while it trains
    const whileItTrains = hits.length % 4 !== 0;
    const after = random() * (whileItTrains ? longest.trained / 4 : longest.milliseconds);
    const kill = hits.length < count ? { signal, after, whileItTrains } : {};
    const { code, by, text, trained } = await start(output, variant, HOSTS[i % 2], kill);
    if (code === 0 && by === null) {
      if (hits.length >= count) return hits;
      compare(output, reference);
      rmSync(output, { recursive: true }); // too fast to be killed often enough
      continue;
    }
    if (by === null && code !== EXIT_CODES[signal])
      fail(`${output}: exit ${code} after ${signal}\n${text}`);
    hits.push({ signal, trained: trained > 0 });
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

/** The tensors below a folder, of its result and of its checkpoints, by their paths. */
const tensorFiles = (folder) =>
  readdirSync(folder, { recursive: true })
    .filter((name) => name.endsWith('.safetensors') && !name.startsWith('LATEST'))
    .filter((name) => !name.startsWith('LOWEST_VAL'))
    .sort();

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
  const left = readdirSync(output).filter((name) =>
    /\.tmp-|\.removing-|\.new-|\.saving|^\.lock-.*(sock|new)$/.test(name),
  );
  if (left.length > 0) fail(`${output}: left over: ${left.join(', ')}`);
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
    longest,
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
  console.log(
    `${variant}: ${hits.length} kills (${counted.join(', ')}), ${trained} of them while it ` +
      `trained: ${files} files of tensors and the metrics are those of the undisturbed run; ` +
      'started once more, it says that it is finished',
  );
}
rmSync(root, { recursive: true });
