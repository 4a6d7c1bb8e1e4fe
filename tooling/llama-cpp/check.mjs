// Writes tiny models of every family as GGUF, loads them with llama.cpp (node-llama-cpp, on the
// CPU) and compares: logits (as log probabilities) and greedy tokens of f32 files with a cache of
// f32 keys and values, the divergence of f16, bf16 and q8_0 files, adapters, and the ids of texts.
// Prints what was measured; exit code 1 when anything is outside its bound. Usage: npm ci
// --ignore-scripts && npm run check [-- NAME...]
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import cpu from '@automodel/cpu-backend';
import gguf from '@automodel/export-gguf';
import gemma from '@automodel/models-gemma';
import llama from '@automodel/models-llama';
import qwen from '@automodel/models-qwen';
import lora from '@automodel/peft';
import { AutoModelForCausalLM } from '@automodel/run';
import { batchLogits } from '@automodel/session';
import { getLlama } from 'node-llama-cpp';
import { makeAdapter, makeModel, MODELS } from './models.mjs';

const plugins = [cpu, llama, qwen, gemma, lora];
const GREEDY = 16;
const LOGITS_BOUND = 1e-3;
const DIVERGENCE_BOUND = 0.01;

const client = await getLlama({
  gpu: false,
  build: 'never',
  skipDownload: true,
  logLevel: 'error',
  maxThreads: 2,
});
const failures = [];

/** f32[T,V] of what was trained. */
async function ownLogits(model, ids) {
  const tokens = ids.length;
  return batchLogits(model.session, {
    inputIds: Int32Array.from(ids),
    positions: Int32Array.from({ length: tokens }, (_, i) => i),
    segments: Int32Array.of(0, tokens, 0, tokens),
    targets: new Int32Array(tokens).fill(-100),
  });
}

const argmax = (values) => values.reduce((best, value, i) => (value > values[best] ? i : best), 0);

async function greedyIds(logitsOf, prompt, vocabulary) {
  const ids = [...prompt];
  for (let i = 0; i < GREEDY; i += 1) ids.push(argmax((await logitsOf(ids)).subarray(-vocabulary)));
  return ids.slice(prompt.length);
}

/**
 * Opens a file in llama.cpp: its log probabilities f32[T,V] for ids (logits but for a constant of
 * each row; the client gives nothing closer), and its tokenizer.
 */
async function openFile(path, vocabulary, adapter) {
  const model = await client.loadModel({ modelPath: path });
  const context = await model.createContext({
    contextSize: 64,
    threads: 2,
    flashAttention: false,
    experimentalKvCacheKeyType: 'F32',
    experimentalKvCacheValueType: 'F32',
    ...(adapter === undefined ? {} : { lora: adapter }),
  });
  const sequence = context.getSequence();
  const logProbabilities = async (ids) => {
    await sequence.clearHistory();
    const outputs = await sequence.controlledEvaluate(
      ids.map((id) => [id, { generateNext: { probabilities: true } }]),
    );
    const values = new Float32Array(ids.length * vocabulary).fill(NaN);
    outputs.forEach((output, row) =>
      output.next.probabilities.forEach((value, id) => {
        values[row * vocabulary + id] = Math.log(value);
      }),
    );
    return values;
  };
  return {
    logProbabilities,
    tokenize: (text) => [...model.tokenize(text, false)],
    close: () => model.dispose(),
  };
}

/** The largest difference of log probabilities, in units of the largest logit. */
function largestDifference(logits, found, vocabulary) {
  const expected = eachRow(logits, vocabulary);
  let [scale, difference] = [0, 0];
  for (let i = 0; i < expected.length; i += 1) {
    scale = Math.max(scale, Math.abs(logits[i]));
    difference = Math.max(difference, Math.abs(expected[i] - found[i]));
  }
  return difference / scale;
}

/** Log probabilities of each row of logits. */
function eachRow(logits, vocabulary) {
  const result = new Float32Array(logits.length);
  for (let start = 0; start < logits.length; start += vocabulary)
    result.set(normalised(logits.subarray(start, start + vocabulary)), start);
  return result;
}

function normalised(row) {
  const largest = Math.max(...row);
  const total = Math.log(row.reduce((sum, value) => sum + Math.exp(value - largest), 0)) + largest;
  return row.map((value) => value - total);
}

/** Mean over rows of the divergence of `found` from `expected`. */
function divergence(logits, found, vocabulary) {
  const expected = eachRow(logits, vocabulary);
  return (
    expected.reduce((sum, value, i) => sum + Math.exp(value) * (value - found[i]), 0) /
    (logits.length / vocabulary)
  );
}

function report(name, what, measured, ok) {
  console.log(`${ok ? 'ok    ' : 'FAILED'} ${name.padEnd(22)} ${what.padEnd(34)} ${measured}`);
  if (!ok) failures.push(`${name} ${what}`);
}

/**
 * Texts of the tokenizer's golden file that llama.cpp cuts into other ids. Without special tokens
 * in them; composed, since llama.cpp composes no letters.
 */
async function compareTexts(name, file, tokenizer) {
  const { texts } = JSON.parse(
    await readFile(
      new URL(`../../goldens/tokenizers/${tokenizer}/golden.json`, import.meta.url),
      'utf8',
    ),
  );
  const plain = texts.filter(
    ({ text }) => text !== '' && text === text.normalize('NFC') && !/<[|\w/]/.test(text),
  );
  const other = plain.filter(
    ({ text, ids_no_special: ids }) => file.tokenize(text).join() !== ids.join(),
  );
  report(
    name,
    `ids of ${plain.length} texts`,
    other.length === 0
      ? 'equal'
      : `${other.length} differ: ` +
          `${other.map(({ text }) => JSON.stringify(text.slice(0, 20))).join(' ')}`,
    other.length === 0,
  );
}

async function checkModel(scratch, name) {
  const { tokenizer, adapter: modules } = MODELS[name];
  const folder = join(scratch, name);
  await makeModel(folder, MODELS[name], plugins);
  const write = (type, more = {}) =>
    gguf.export({
      model: folder,
      output: join(scratch, `${name}-${type}${more.adapter === undefined ? '' : '-adapter'}`),
      type,
      logits: () => Promise.reject(new Error('not asked for')),
      ...more,
    });
  const model = await AutoModelForCausalLM.fromPretrained(folder, { plugins });
  const vocabulary = model.config.vocab_size;
  const prompt = Array.from({ length: 24 }, (_, i) => (i * 7919 + 13) % (vocabulary - 300));
  const expected = await ownLogits(model, prompt);
  for (const type of ['f32', 'f16', 'bf16', 'q8_0']) {
    const written = await write(type);
    if (type === 'f32') for (const text of written.notes) console.log(`       note: ${text}`);
    const file = await openFile(written.path, vocabulary);
    const found = await file.logProbabilities(prompt);
    if (type === 'f32') {
      const difference = largestDifference(expected, found, vocabulary);
      report(
        name,
        'f32: logits, of the largest',
        difference.toExponential(2),
        difference <= LOGITS_BOUND,
      );
      const [own, theirs] = [
        await greedyIds((ids) => ownLogits(model, ids), prompt, vocabulary),
        await greedyIds(file.logProbabilities, prompt, vocabulary),
      ];
      report(
        name,
        `f32: ${GREEDY} greedy tokens`,
        own.join() === theirs.join() ? 'equal' : `${own.join()} / ${theirs.join()}`,
        own.join() === theirs.join(),
      );
      await compareTexts(name, file, tokenizer);
    }
    const kl = divergence(expected, found, vocabulary);
    report(name, `${type}: KL divergence`, kl.toExponential(2), Math.abs(kl) < DIVERGENCE_BOUND);
    await file.close();
  }
  await model.close();
  if (modules !== undefined)
    await checkAdapter({
      scratch,
      name,
      folder,
      modules,
      write,
      vocabulary,
      prompt,
      plain: expected,
    });
}

async function checkAdapter({ scratch, name, folder, modules, write, vocabulary, prompt, plain }) {
  const directory = join(scratch, `${name}-lora`);
  await makeAdapter(directory, folder, modules);
  const written = await write('f32', { adapter: directory });
  const model = await AutoModelForCausalLM.fromPretrained(folder, { plugins, adapter: directory });
  const expected = await ownLogits(model, prompt);
  await model.close();
  const file = await openFile(
    join(scratch, `${name}-f32`, `${name}-f32.gguf`),
    vocabulary,
    written.path,
  );
  const difference = largestDifference(expected, await file.logProbabilities(prompt), vocabulary);
  report(
    name,
    'adapter: logits, of the largest',
    `${difference.toExponential(2)} (the adapter moves them by ` +
      `${largestDifference(plain, eachRow(expected, vocabulary), vocabulary).toExponential(1)})`,
    difference <= LOGITS_BOUND,
  );
  await file.close();
}

const scratch = await mkdtemp(join(tmpdir(), 'automodel-gguf-'));
try {
  const names = process.argv.slice(2);
  for (const name of names.length === 0 ? Object.keys(MODELS) : names)
    await checkModel(scratch, name);
} finally {
  await client.dispose();
  await rm(scratch, { recursive: true, force: true });
}
if (failures.length > 0) console.log(`outside the bounds: ${failures.join('; ')}`);
process.exitCode = failures.length === 0 ? 0 : 1;
