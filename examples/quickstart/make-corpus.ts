/**
 * Writes the pretraining corpus, `corpus/train.jsonl` and `corpus/validation.jsonl`, one `{"text":
 * ...}` a line.
 * Run: npx tsx examples/quickstart/make-corpus.ts [documents]. The folder is git-ignored; the same
 * number gives the same bytes.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { corpusDocument } from './generate/corpus.js';
import { Random } from './generate/random.js';

const documents = Number(process.argv[2] ?? 180_000);
if (!Number.isInteger(documents) || documents < 1)
  throw new RangeError(
    `the number of documents must be a positive integer, not "${process.argv[2] ?? ''}"`,
  );

const write = (file: string, seed: number, count: number): void => {
  const random = new Random(seed);
  const lines = Array.from({ length: count }, () =>
    JSON.stringify({ text: corpusDocument(random) }),
  );
  writeFileSync(new URL(`./corpus/${file}`, import.meta.url), `${lines.join('\n')}\n`);
};

mkdirSync(new URL('./corpus/', import.meta.url), { recursive: true });
write('train.jsonl', 1, documents);
write('validation.jsonl', 2, 500);
process.stderr.write(`corpus/: ${documents} training and 500 validation documents\n`);
