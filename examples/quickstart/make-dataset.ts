/**
 * Writes `data/train.jsonl`, `data/validation.jsonl` and `data/test.jsonl`, which are committed.
 * Run: npx tsx examples/quickstart/make-dataset.ts. A second run gives the same bytes.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { makeDataset } from './generate/dataset.js';

mkdirSync(new URL('./data/', import.meta.url), { recursive: true });
for (const [name, text] of Object.entries(makeDataset(7)))
  writeFileSync(new URL(`./data/${name}.jsonl`, import.meta.url), text as string);
process.stderr.write('data/: train.jsonl, validation.jsonl and test.jsonl written\n');
