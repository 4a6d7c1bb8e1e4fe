// Kills training runs and starts them again with `--resume auto`: every run must end with the
// weights of the run that was never stopped, no checkpoint may ever be visible that is not whole,
// and nothing may be left over. Half of the kills come at a random moment, half in the middle of a
// random file operation: those hit saving, publishing, retention and the result every time. Then
// the same with a disk that fills up or fails. A developer's check of some minutes, not part of the
// tests. Usage: node tooling/kill-test/kill-test.mjs [RUNS] [SEED]
import { spawn } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beginKillTest, repository } from './begin-kill-test.mjs';
import { phaseOf } from './kill-phase.mjs';
import { checkNothingLeft, checkVisible } from './visible-checkpoints.mjs';

const [runs = '50', seed = '1'] = process.argv.slice(2);
const { root, random, fail } = beginKillTest('kill-test', seed);
const faults = pathToFileURL(join(repository, 'tooling/kill-test/inject-faults.mjs')).href;

const VARIANTS = {
  'all weights': [],
  'an adapter': ['--peft.type', 'lora', '--peft.dim', '4', '--peft.dropout', '0.1'],
};
const WEIGHTS = { 'all weights': 'model.safetensors', 'an adapter': 'adapter_model.safetensors' };

const SETTINGS = [
  '--dataset.limit_dataset_samples=48',
  '--step_scheduler.num_epochs=2',
  '--step_scheduler.global_batch_size=8',
  '--step_scheduler.local_batch_size=4',
  '--step_scheduler.ckpt_every_steps=2',
  '--checkpoint.max_recent_checkpoints=2',
  '--backend.threads=1',
];

/**
 * One process of `automodel finetune`; killed `killAfter` milliseconds after training began, if
 * given.
 */
function finetune(output, variant, { killAfter, environment = {} } = {}) {
  const words = [
    '--import',
    'tsx',
    '--conditions=@automodel/source',
    '--import',
    faults,
    join(repository, 'apps/cli/src/main.ts'),
    'finetune',
    '--model',
    join(repository, 'examples/quickstart/base'),
    '--data',
    join(repository, 'examples/quickstart/data/validation.jsonl'),
    '--output',
    output,
    '--resume',
    'auto',
    ...VARIANTS[variant],
    ...SETTINGS,
  ];
  return new Promise((resolve) => {
    const child = spawn('node', words, {
      cwd: repository,
      env: { ...process.env, FAULTS_BELOW: output, ...environment },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [text, timer, training] = ['', undefined, undefined];
    const read = (chunk) => {
      text += chunk;
      // the plan is printed just before the first step
      if (training !== undefined || !/activations/.test(text)) return;
      training = performance.now();
      if (killAfter !== undefined) timer = setTimeout(() => child.kill('SIGKILL'), killAfter);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      resolve({
        code,
        signal,
        text,
        milliseconds: performance.now() - (training ?? performance.now()),
      });
    });
  });
}

const checkWhole = (output, variant) =>
  checkVisible(
    output,
    [variant === 'an adapter' ? 'adapter_config.json' : 'config.json', WEIGHTS[variant]],
    fail,
  );

function checkFinished(output, variant, expected) {
  checkWhole(output, variant);
  if (!readFileSync(join(output, WEIGHTS[variant])).equals(expected))
    fail(`${output}: the final weights differ from the run that was never stopped`);
  checkNothingLeft(output, fail);
}

/** Goes on until the run is finished. Kills happen while `kills` are left. */
async function untilFinished(output, variant, longest, kills) {
  let killed = 0;
  for (;;) {
    const [kill, atOperation] = [killed < kills, random() < 0.5];
    const killAfter = kill && !atOperation ? random() * longest.milliseconds : undefined;
    const environment =
      kill && atOperation ? { KILL_AT: String(1 + Math.floor(random() * longest.operations)) } : {};
    const { code, signal, text } = await finetune(output, variant, {
      killAfter,
      environment,
    });
    if (signal === 'SIGKILL') {
      killed += 1;
      count(phaseOf(text, kill && atOperation));
    }
    checkWhole(output, variant);
    if (code === 0) return killed;
    if (signal === null) fail(`${output}: exit ${code}\n${text}`);
  }
}

const phases = new Map();
const count = (phase) => phases.set(phase, (phases.get(phase) ?? 0) + 1);
const counted = () =>
  [...phases]
    .sort((a, b) => b[1] - a[1])
    .map(([phase, times]) => `${phase} ${times}`)
    .join(', ');

const reference = {};
const longest = {};
for (const variant of Object.keys(VARIANTS)) {
  const output = join(root, `reference ${variant}`);
  const { code, text, milliseconds } = await finetune(output, variant);
  if (code !== 0) fail(text);
  longest[variant] = { milliseconds, operations: Number(/file operations: (\d+)/.exec(text)[1]) };
  reference[variant] = readFileSync(join(output, WEIGHTS[variant]));
}
let kills = 0;
for (let i = 0; i < Number(runs); i++) {
  const variant = Object.keys(VARIANTS)[i % 2];
  const output = join(root, `run-${i}`);
  for (let killed = 0; killed === 0; kills += killed) {
    // a run that was too fast to be killed says nothing
    rmSync(output, { recursive: true, force: true });
    killed = await untilFinished(output, variant, longest[variant], 1 + Math.floor(random() * 3));
  }
  checkFinished(output, variant, reference[variant]);
  rmSync(output, { recursive: true });
  if ((i + 1) % 10 === 0)
    console.log(
      `${i + 1} runs, ${kills} kills: identical weights, nothing half-published, nothing left ` +
        `over (killed at: ${counted()})`,
    );
}

const FAULTS = { ENOSPC: /no space left/, EIO: /i\/o error/ };
let failed = 0;
for (let i = 0; i < Math.ceil(Number(runs) / 5); i++) {
  const variant = Object.keys(VARIANTS)[i % 2];
  const output = join(root, `full-${i}`);
  const fault = Object.keys(FAULTS)[Math.floor(i / 2) % 2];
  const environment = {
    FAULT: fault,
    FAIL_FROM: String(1 + Math.floor(random() * longest[variant].operations)),
    FAIL_COUNT: String(1 + Math.floor(random() * 40)),
  };
  const { code, text } = await finetune(output, variant, { environment });
  checkWhole(output, variant);
  if (FAULTS[fault].test(text)) failed += 1;
  if (code !== 0 && !FAULTS[fault].test(text))
    fail(`${fault} gave exit ${code} without saying so\n${text}`);
  if (/\n\s+at |internal error/.test(text))
    fail(`a stack trace or an internal error was printed\n${text}`);
  if (code !== 0) await untilFinished(output, variant, longest[variant], 0);
  checkFinished(output, variant, reference[variant]);
  rmSync(output, { recursive: true });
}
console.log(
  `${Math.ceil(Number(runs) / 5)} runs on a disk that fills up or fails, ${failed} of them hit: ` +
    'training went on or stopped with a message, older checkpoints stayed whole, and the resumed ' +
    'run ended with identical weights',
);
writeFileSync(join(root, 'done'), '');
rmSync(root, { recursive: true });
