// How long it takes until a data set can be trained on: made-up chats of two to four turns,
// tokenised cold, then from the cache; and what streaming holds, for two sizes.
// node --import tsx --conditions=@automodel/source benchmarks/data.mjs [rows = 100000] [threads =
// cores] [tokenizer folder = goldens/tokenizers/qwen2]
import { createWriteStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadDataset, openDataFiles, StreamingLoader, Tokenizer } from '@automodel/data';

const [
  rows = '100000',
  threads = String(availableParallelism()),
  tokenizerFolder = 'goldens/tokenizers/qwen2',
] = process.argv.slice(2);
const folder = await mkdtemp(join(tmpdir(), 'automodel-bench-'));
const megabytes = () => Math.round(process.memoryUsage().rss / 2 ** 20);

async function writeChats(path, count) {
  let seed = 12345;
  const random = () => (seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0) / 2 ** 32;
  const words = (
    'the of and to in is you that it was for on are with his they be at one have this from had ' +
    'word but not what all were when your can said there use each which she do how their if will ' +
    'up other about out many then them these so some her would make like him into time has look ' +
    'two more'
  ).split(' ');
  const word = () =>
    words[Math.floor(random() * words.length)] +
    (random() < 0.15 ? words[Math.floor(random() * words.length)] : '');
  const text = (length) => Array.from({ length }, word).join(' ');
  const out = createWriteStream(path);
  for (let i = 0; i < count; i++) {
    const messages = [
      { role: 'user', content: `${text(5 + Math.floor(random() * 7))}?` },
      { role: 'assistant', content: `${text(5 + Math.floor(random() * 7))}.` },
    ];
    if (random() < 0.2)
      messages.push({ role: 'user', content: text(4) }, { role: 'assistant', content: text(4) });
    if (!out.write(`${JSON.stringify({ messages })}\n`))
      await new Promise((resolve) => out.once('drain', resolve));
  }
  await new Promise((resolve) => out.end(resolve));
  return path;
}

try {
  const tokenizer = await Tokenizer.fromPretrained(tokenizerFolder);
  const path = await writeChats(join(folder, 'chats.jsonl'), Number(rows));
  for (const name of ['cold', 'cached']) {
    const before = process.cpuUsage();
    const { samples, report } = await loadDataset(tokenizer, path, {
      threads: Number(threads),
      cache: { directory: join(folder, 'cache'), minBytes: 0 },
    });
    const used = process.cpuUsage(before);
    console.log(
      `${name}: ${report.seconds.toFixed(1)} s, ${Math.round(report.rows / report.seconds)} ` +
        `rows/s, ${((used.user + used.system) / 1e6).toFixed(1)} s of processor time, ` +
        `${(report.tokens / report.rows).toFixed(0)} tokens a row, ${megabytes()} MB resident`,
    );
    samples.close();
  }
  for (const share of [0.25, 1]) {
    const files = await openDataFiles(
      await writeChats(join(folder, `stream${share}.jsonl`), Math.round(share * Number(rows))),
    );
    const loader = new StreamingLoader(tokenizer, {
      files,
      rows: {},
      packedSequenceSize: 2048,
      globalBatchSize: 8,
      localBatchSize: 1,
      steps: 1,
      threads: Number(threads),
    });
    const started = performance.now();
    let [peak, tokens] = [0, 0];
    for (let batch = await loader.next(); batch.epoch === 0; batch = await loader.next()) {
      tokens += batch.tokens;
      peak = Math.max(peak, megabytes());
    }
    await loader.close();
    const count = Math.round(share * Number(rows));
    const speed = Math.round((tokens / (performance.now() - started)) * 1000);
    console.log(`streaming ${count} rows: ${speed} tokens/s, at most ${peak} MB resident`);
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
