// Kills a process of a run that several share: one of its ranks, or the one that started them,
// while they meet, train or save, or in the middle of a file operation. All others must end
// within ten seconds and say which was killed; no process, no shared memory and no visible
// checkpoint that is not whole may be left; and `--resume latest` must go on to the bytes (weights,
// optimizer state, every checkpoint) of a run that was never disturbed. Then the disk of one rank
// fills up or fails. A developer's check of some minutes, not part of the tests.
// Usage: [BUILT=1] node tooling/kill-test/ranks-test.mjs [KILLS] [SEED] [STRATEGY-RANKS,...]
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { beginKillTest, repository } from './begin-kill-test.mjs';
import { RunningRanks } from './running-ranks.mjs';
import { checkNothingLeft, checkVisible, tensorFiles } from './visible-checkpoints.mjs';

const STANDARD = 'ddp-2,fsdp2-3,ddp-4,fsdp2-2,ddp-3,fsdp2-4';
const [wanted = '50', seed = '1', variants = STANDARD] = process.argv.slice(2);
const { root, random, fail } = beginKillTest('ranks-test', seed);

const STEPS = 4;
const SETTINGS = [
  ...['--model', join(repository, 'examples/quickstart/base')],
  ...['--data', join(repository, 'examples/quickstart/data/validation.jsonl')],
  '--dataset.limit_dataset_samples=24',
  `--step_scheduler.max_steps=${STEPS}`,
  '--step_scheduler.global_batch_size=12',
  '--step_scheduler.local_batch_size=1',
  '--step_scheduler.ckpt_every_steps=1',
  '--checkpoint.max_recent_checkpoints=null',
  '--backend.threads=1',
];
const VARIANTS = variants.split(',').map((name) => {
  const [strategy, ranks] = name.split('-');
  return { name, strategy, ranks: Number(ranks) };
});
/** Of five kills. */
const MOMENTS = ['operation', 'saving', 'training', 'operation', 'meeting'];
const FAULTS = { ENOSPC: /no space left/, EIO: /i\/o error/ };

const integer = (below) => Math.floor(random() * below);
const hasCheckpoint = (output) => existsSync(join(output, 'LATEST'));

function start(output, { strategy, ranks }, environment = {}) {
  const hasResult = existsSync(join(output, 'config.json'));
  const goesOn = ['--resume', hasResult ? 'auto' : 'latest']; // a result is not resumed, but ended
  const resume = hasCheckpoint(output) ? goesOn : [];
  const shared = ['--nproc-per-node', String(ranks), '--distributed.strategy', strategy];
  return new RunningRanks(output, [...SETTINGS, ...shared, ...resume], environment);
}

/** What can be seen of a run is whole, and has the bytes of the undisturbed run. */
function compare(output, reference, isFinished) {
  checkVisible(output, ['config.json', 'model.safetensors'], fail);
  if (isFinished) checkNothingLeft(output, fail);
  const [own, wanted] = [output, reference].map((folder) => tensorFiles(folder));
  if (isFinished && own.join() !== wanted.join())
    fail(`${output}: holds ${own.join(', ')} in place of ${wanted.join(', ')}`);
  for (const name of own)
    if (!readFileSync(join(output, name)).equals(readFileSync(join(reference, name))))
      fail(`${output}: ${name} is not that of the undisturbed run`);
}

/** Waits for the moment. False: the run has ended before. */
async function comesTo(moment, run, output, longest) {
  const isSaving = () =>
    existsSync(output) && readdirSync(output).some((name) => name.includes('.tmp-'));
  const isTraining = () => /activations/.test(run.text); // printed just before the first step
  if (moment === 'meeting') {
    if (!(await run.until(() => run.processOf(0) !== undefined))) return false;
    await setTimeout(random() * longest.meeting);
  } else if (!(await run.until(isTraining))) return false;
  if (moment === 'training') await setTimeout(random() * longest.training);
  if (moment === 'saving') {
    for (let i = integer(STEPS); i > 0; i--)
      if (!(await run.until(isSaving)) || !(await run.until(() => !isSaving()))) return false;
    if (!(await run.until(isSaving))) return false;
    await setTimeout(random() * 20);
  }
  return !run.hasEnded;
}

/** Kills one process. Returns what was hit; undefined: the run was faster. */
async function disturbed(output, variant, longest, moment) {
  const isRank = moment === 'operation' || random() < 0.75;
  const rank = integer(variant.ranks);
  const environment =
    moment === 'operation'
      ? { FAULTS_RANK: String(rank), KILL_AT: String(1 + integer(longest.operations[rank])) }
      : { FAULTS_RANK: 'none' };
  const run = start(output, variant, environment);
  let victim;
  if (moment === 'operation') await run.until(() => /killed at/.test(run.text));
  else if (await comesTo(moment, run, output, longest)) {
    victim = isRank ? run.processOf(rank) : run.supervisor;
    if (victim !== undefined && !run.hasEnded) process.kill(victim, 'SIGKILL');
  }
  const ending = await run.gone(fail);
  if (run.code === 0) return undefined;
  const line = isRank
    ? `error: rank ${rank} \\(process ${victim ?? '\\d+'}\\) was ended by SIGKILL`
    : 'the process that started the ranks ended';
  if (!new RegExp(line).test(run.text)) fail(`${output}: nothing says ${line}\n${run.text}`);
  const [, operation] = /killed at (\w+)/.exec(run.text) ?? [];
  return { who: isRank ? `rank ${rank}` : 'supervisor', at: operation ?? moment, ending };
}

async function finish(output, variant, reference) {
  const run = start(output, variant, { FAULTS_RANK: 'none' });
  await run.ended();
  if (run.code !== 0) fail(`${output}: exit ${run.code}\n${run.text}`);
  await run.gone(fail);
  compare(output, reference, true);
}

const sharedMemory = () => [...readdirSync('/dev/shm')].join();

const before = sharedMemory();
const references = new Map();

/** A run that is not disturbed: its folder, how long it took, and each rank's file operations. */
async function referenceOf(variant) {
  if (references.has(variant)) return references.get(variant);
  const output = join(root, `reference ${variant.name}`);
  const begin = performance.now();
  const run = start(output, variant);
  await run.until(() => /activations/.test(run.text));
  const trained = performance.now();
  await run.ended();
  if (run.code !== 0) fail(run.text);
  const operations = Array.from({ length: variant.ranks }, (_, rank) =>
    Math.max(
      ...[...run.text.matchAll(/(?:\[rank (\d+)\] )?file operations: (\d+)/g)]
        .filter(([, of = '0']) => Number(of) === rank)
        .map(([, , count]) => Number(count)),
    ),
  );
  const longest = { meeting: trained - begin, training: performance.now() - trained, operations };
  references.set(variant, { output, longest });
  return references.get(variant);
}

const hits = [];
let attempts = 0;
for (let i = 0; hits.length < Number(wanted); i++) {
  const variant = VARIANTS[i % VARIANTS.length];
  const { output: reference, longest } = await referenceOf(variant);
  const output = join(root, `run-${i}`);
  let isFinished = false;
  for (let kills = 1 + integer(3); kills > 0 && hits.length < Number(wanted); kills--) {
    const moment = MOMENTS[attempts++ % MOMENTS.length];
    const hit = await disturbed(output, variant, longest, moment);
    isFinished = hit === undefined;
    compare(output, reference, isFinished);
    console.log(`${variant.name}: ${JSON.stringify(hit ?? `ended before ${moment}`)}`);
    if (isFinished) break;
    hits.push(hit);
  }
  if (!isFinished) await finish(output, variant, reference);
  rmSync(output, { recursive: true });
}
const counted = (name) => {
  const times = new Map();
  for (const hit of hits) times.set(hit[name], (times.get(hit[name]) ?? 0) + 1);
  return [...times].map(([value, count]) => `${value} ${count}`).join(', ');
};
const longestEnding = Math.max(...hits.map(({ ending }) => ending));
console.log(
  `${hits.length} kills (${counted('who')}; at ${counted('at')}): all others ended within ` +
    `${(longestEnding / 1000).toFixed(1)} s and named it, and every run went on to identical bytes`,
);

let failed = 0;
const fills = Math.ceil(Number(wanted) / 5);
for (let i = 0; i < fills; i++) {
  const variant = VARIANTS[i % VARIANTS.length];
  const { output: reference, longest } = await referenceOf(variant);
  const output = join(root, `full-${i}`);
  const rank = integer(variant.ranks);
  const fault = Object.keys(FAULTS)[i % 2];
  const run = start(output, variant, {
    FAULT: fault,
    FAULTS_RANK: String(rank),
    FAIL_FROM: String(1 + integer(longest.operations[rank])),
    FAIL_COUNT: '1000000',
  });
  await run.ended();
  await run.gone(fail);
  if (run.code !== 0 && !FAULTS[fault].test(run.text))
    fail(`${fault} gave exit ${run.code} without saying so\n${run.text}`);
  if (/\n\s+at |internal error/.test(run.text)) fail(`a stack trace was printed\n${run.text}`);
  if (run.code !== 0) failed += 1;
  compare(output, reference, false);
  console.log(`${variant.name}, rank ${rank}: ${/.*error: .*/.exec(run.text)?.[0] ?? 'no error'}`);
  await finish(output, variant, reference);
  rmSync(output, { recursive: true });
}
console.log(`${fills} runs with the disk of one rank full or failing, ${failed} of them stopped`);
if (sharedMemory() !== before) fail(`shared memory is left: ${sharedMemory()}`);
rmSync(root, { recursive: true });
