// Kills training runs at random moments and resumes them: every run must end with the weights of the run that was never stopped, no checkpoint may ever be visible that is not whole, and nothing may be left over. Then the same
// with writes that fail as on a full disk. A developer's check of some minutes, not part of the tests. Usage: node tooling/kill-test/kill-test.mjs [RUNS] [SEED]
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const [runs = '50', seed = '1'] = process.argv.slice(2);
const repository = fileURLToPath(new URL('../../', import.meta.url));
const root = mkdtempSync(join(tmpdir(), 'kill-test-'));
const faults = pathToFileURL(join(repository, 'tooling/kill-test/inject-write-errors.mjs')).href;
let state = Number(seed);
const random = () => (state = (state * 48271) % 2147483647) / 2147483647;
const fail = (message) => {
  throw new Error(`${message}\nkept for inspection: ${root}`);
};

const VARIANTS = {
  'all weights': [],
  'an adapter': ['--peft.type', 'lora', '--peft.dim', '4', '--peft.dropout', '0.1'],
};
const WEIGHTS = { 'all weights': 'model.safetensors', 'an adapter': 'adapter_model.safetensors' };

/** One process of `automodel finetune`; killed so many milliseconds after training began, if given. */
function finetune(output, variant, more = [], { killAfter, environment = {} } = {}) {
  const words = ['--import', 'tsx', '--conditions=@automodel/source', ...(environment.FAIL_FROM === undefined ? [] : ['--import', faults]), join(repository, 'apps/cli/src/main.ts'), 'finetune',
    '--model', join(repository, 'examples/quickstart/base'), '--data', join(repository, 'examples/quickstart/data/validation.jsonl'), '--output', output, ...VARIANTS[variant],
    '--dataset.limit_dataset_samples', '48', '--step_scheduler.num_epochs', '2', '--step_scheduler.global_batch_size', '8', '--step_scheduler.local_batch_size', '4', '--step_scheduler.ckpt_every_steps', '2',
    '--checkpoint.max_recent_checkpoints', '2', '--backend.threads', '1', ...more];
  return new Promise((resolve) => {
    const child = spawn('node', words, { cwd: repository, env: { ...process.env, ...environment }, stdio: ['ignore', 'pipe', 'pipe'] });
    let [text, timer, training] = ['', undefined, undefined];
    const read = (chunk) => {
      text += chunk;
      if (training !== undefined || !/activations/.test(text)) return; // the plan is printed just before the first step
      training = performance.now();
      if (killAfter !== undefined) timer = setTimeout(() => child.kill('SIGKILL'), killAfter);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal, text, milliseconds: performance.now() - (training ?? performance.now()) });
    });
  });
}

/** Every folder that carries a checkpoint's name must be whole. */
function checkVisible(output, variant) {
  for (const name of existsSync(output) ? readdirSync(output) : []) {
    if (!/^epoch_\d+_step_\d+$/.test(name)) continue;
    for (const file of [variant === 'an adapter' ? 'adapter_config.json' : 'config.json', WEIGHTS[variant], 'losses.json', 'config.yaml', 'training_state/state.json', 'training_state/optimizer.safetensors']) {
      const path = join(output, name, file);
      if (!existsSync(path) || statSync(path).size === 0) fail(`${path} is missing: the checkpoint is visible but not whole`);
      if (path.endsWith('.safetensors')) checkSafetensors(path);
    }
  }
}

/** The header's last byte range must end where the file ends. */
function checkSafetensors(path) {
  const bytes = readFileSync(path);
  const length = Number(bytes.readBigUInt64LE());
  const header = JSON.parse(bytes.subarray(8, 8 + length).toString());
  const end = Math.max(0, ...Object.entries(header).filter(([name]) => name !== '__metadata__').map(([, { data_offsets }]) => data_offsets[1]));
  if (8 + length + end !== bytes.length) fail(`${path} is truncated`);
}

function checkFinished(output, variant, expected) {
  checkVisible(output, variant);
  if (!readFileSync(join(output, WEIGHTS[variant])).equals(expected)) fail(`${output}: the final weights differ from the run that was never stopped`);
  const left = readdirSync(output).filter((name) => /\.tmp-|\.removing-|\.new-|^\.saving/.test(name));
  if (left.length > 0) fail(`${output}: left over: ${left.join(', ')}`);
}

const hasCheckpoint = (output) => existsSync(output) && readdirSync(output).some((name) => /^epoch_\d+_step_\d+$/.test(name));
const isFinished = (output, variant) => existsSync(join(output, variant === 'an adapter' ? 'adapter_config.json' : 'config.json'));

/** Goes on until the run is finished. Kills happen while `kills` are left. */
async function untilFinished(output, variant, longest, kills) {
  let killed = 0;
  for (;;) {
    if (!hasCheckpoint(output)) rmSync(output, { recursive: true, force: true }); // stopped before its first checkpoint: the run starts anew
    const resume = hasCheckpoint(output) ? ['--resume', 'latest'] : [];
    const killAfter = killed < kills ? random() * longest : undefined;
    const { code, signal, text } = await finetune(output, variant, resume, { killAfter });
    if (signal === 'SIGKILL') killed += 1;
    checkVisible(output, variant);
    if (isFinished(output, variant) && code !== 0 && signal === null && /the run is finished/.test(text)) return killed;
    if (code === 0) return killed;
    if (signal === null) fail(`${output}: exit ${code}\n${text}`);
    if (isFinished(output, variant) && !existsSync(join(output, '.saving'))) return killed;
  }
}

const reference = {};
const longest = {};
for (const variant of Object.keys(VARIANTS)) {
  const output = join(root, `reference ${variant}`);
  const { code, text, milliseconds } = await finetune(output, variant);
  if (code !== 0) fail(text);
  longest[variant] = milliseconds;
  reference[variant] = readFileSync(join(output, WEIGHTS[variant]));
}
let kills = 0;
for (let i = 0; i < Number(runs); i++) {
  const variant = Object.keys(VARIANTS)[i % 2];
  const output = join(root, `run-${i}`);
  kills += await untilFinished(output, variant, longest[variant], 1 + Math.floor(random() * 3));
  checkFinished(output, variant, reference[variant]);
  rmSync(output, { recursive: true });
  if ((i + 1) % 10 === 0) console.log(`${i + 1} runs, ${kills} kills: identical weights, nothing half-published, nothing left over`);
}

let failed = 0;
for (let i = 0; i < Math.ceil(Number(runs) / 5); i++) {
  const variant = Object.keys(VARIANTS)[i % 2];
  const output = join(root, `full-${i}`);
  const { code, text } = await finetune(output, variant, [], { environment: { FAIL_FROM: String(1 + Math.floor(random() * 60)), FAIL_COUNT: String(1 + Math.floor(random() * 40)) } });
  checkVisible(output, variant);
  if (/could not be saved|no space left/.test(text)) failed += 1;
  if (code !== 0 && !/no space left/.test(text)) fail(`a full disk gave exit ${code} without saying so\n${text}`);
  if (/\n\s+at /.test(text)) fail(`a stack trace was printed\n${text}`);
  if (code !== 0) await untilFinished(output, variant, 0, 0);
  checkFinished(output, variant, reference[variant]);
  rmSync(output, { recursive: true });
}
console.log(`${Math.ceil(Number(runs) / 5)} runs on a disk that fills up, ${failed} of them hit: training went on or stopped with a message, older checkpoints stayed whole, and the resumed run ended with identical weights`);
writeFileSync(join(root, 'done'), '');
rmSync(root, { recursive: true });
