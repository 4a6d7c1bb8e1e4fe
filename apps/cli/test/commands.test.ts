// Commands over the tiny model that need no test file of their own: plan, generate, evaluate and
// bench.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cliIn, typed, type CliResult, type Words } from './support/cli-in.js';
import { tinyRoot } from './support/tiny-root.js';

const root = tinyRoot();
const cli = (...words: Words): Promise<CliResult> => cliIn(root(), typed(...words));

test('plan says what a run takes without starting it, and prints one module', async () => {
  const { code, out } = await cli`plan --model model --data rows.jsonl --json --backend.threads 1`;
  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({
    micro_batches: 1,
    memory: { parameters: expect.any(Number) as number, peak: expect.any(Number) as number },
    programs: ['micro', 'update', 'evaluate', 'decode 128', 'decode 1'].map(
      (name) => ({ name }) as object,
    ),
  });
  const graph = await cli`plan --model model --seq 16 --print-graph model.layers.0.mlp`;
  expect(graph.out).toMatch(/gated_activation\(.*# model\.layers\.0\.mlp$/m);
  expect(graph.out).not.toContain('self_attn');
  const print = await cli`plan --model model --seq 16 --print-plan model.layers.0.mlp`;
  expect(print.out).toMatch(/^ {2}\d+: .* = linear_many\(.*# model\.layers\.0\.mlp\b/m);
});

test('generate writes only text to stdout; greedy text repeats', async () => {
  const argv = typed`generate --model model --prompt ${'Set a timer'}
    --max-new-tokens 5 --threads 1`;
  const raw = await cli`${argv} --raw`;
  expect(raw.code).toBe(0);
  expect(raw.err).toBe('');
  const json = JSON.parse((await cli`${argv} --raw --json`).out) as {
    ids: number[];
    text: string;
    prompt_ids: number[];
  };
  expect(json.text).toBe(raw.out);
  expect(json.ids.length).toBeLessThanOrEqual(5);
  const chat = JSON.parse((await cli`${argv} --json`).out) as { prompt_ids: number[] };
  expect(chat.prompt_ids.length).toBeGreaterThan(json.prompt_ids.length);
});

test('evaluate gives loss, perplexity and exact match', async () => {
  const { code, out } =
    await cli`evaluate --model model --data rows.jsonl --limit 4 --max-new-tokens 3
      --json --threads 1`;
  expect(code).toBe(0);
  const result = JSON.parse(out) as { loss: number; perplexity: number };
  expect(result).toMatchObject({ exact_match: 0, rows: 4, answered: 4 });
  expect(result.perplexity).toBeCloseTo(Math.exp(result.loss), 6);
  expect(result.loss).toBeGreaterThan(6.5); // ln 1024 = 6.9 for a model that knows nothing
  expect(result.loss).toBeLessThan(7.5);
});

test("bench prints the peer's line", async () => {
  const { code, out } = await cli`bench model --batch 1 --seq 8 --steps 2 --threads 1 --json`;
  expect(code).toBe(0);
  expect(Object.keys(JSON.parse(out) as object)).toEqual([
    'peer',
    'dtype',
    'lora',
    'batch',
    'seq',
    'tok_s',
    'seconds',
    'peak_rss_mb',
    'losses',
  ]);
  const { out: adapted } = await cli`bench model --lora 8 --batch 2 --seq 16 --steps 2 --json`;
  expect(JSON.parse(adapted)).toMatchObject({
    lora: 8,
    losses: [expect.any(Number), expect.any(Number)],
  });
  expect(await cli`bench model --seq 16 --budget-gb 0.001`).toMatchObject({
    code: 2,
    err: expect.stringMatching(/a memory budget of 0\.00 GB .*--budget-gb of bench/s) as string,
  });
});

test('bench packs documents of the lengths in a file', async () => {
  const documents = 'bench model --batch 1 --seq 16 --steps 2 --lengths'.split(' ');
  const write = (name: string, text: string): void => writeFileSync(join(root(), name), text);
  write('lengths.txt', '5\n11\n16\n');
  const { out } = await cli`${documents} lengths.txt --json`;
  expect(JSON.parse(out)).toMatchObject({ documents: 3, batch: 1, seq: 16 });
  expect((await cli`${documents} lengths.txt`).out).toContain('3 documents packed');
  write('wrong.txt', '5\neleven\n');
  expect((await cli`${documents} wrong.txt`).err).toMatch(
    /wrong.txt, line 2: "eleven" is no length/,
  );
  expect((await cli`${documents} absent.txt`).err).toContain(
    'absent.txt: the file of --lengths cannot be read',
  );
});
