// `automodel check`: what it prints, the page it writes, its exit codes.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cliIn, typed, type CliResult, type Words } from './support/cli-in.js';
import { tinyRoot } from './support/tiny-root.js';

const root = tinyRoot();

const cli = (...words: Words): Promise<CliResult> => cliIn(root(), typed(...words));
const run = typed`--model model --output out --backend.threads 1`;

test('shows findings and marked rows, writes the page and nothing else', async () => {
  const before = await readdir(root());
  const { code, out } = await cli`check --data rows.jsonl ${run} --rows 1 --html check.html`;
  expect(code).toBe(0);
  expect(out).toContain(
    'ok      labels      answers end with "<|im_end|>", which is trained and stops generation',
  );
  expect(out).toMatch(/rows\.jsonl:\d+ \d+ tokens, \d+ trained\n<\|im_start\|>user\n/);
  expect(out).toMatch(/⟦.*<\|im_end\|>⟧/s);
  expect(out.trimEnd().split('\n').at(-1)).toBe(
    'nothing to fix; next: npx automodel finetune --backend.threads 1 --model model --data ' +
      'rows.jsonl --output out',
  );
  const page = await readFile(join(root(), 'check.html'), 'utf8');
  expect(page).toContain('<td class="ok">ok</td><td>labels</td>');
  expect(page).toMatch(/<mark title="2">&lt;\|im_end\|&gt;<\/mark>/);
  expect((await readdir(root())).filter((name) => !before.includes(name))).toEqual(['check.html']);
});

test('exits with 2 where the input is wrong and 1 where a check failed', async () => {
  await writeFile(
    join(root(), 'broken.jsonl'),
    '{"prompt": "a", "completion": "b"}\n{"prompt": 1}\n',
  );
  const mistake = await cli`check --data broken.jsonl ${run}`;
  expect(mistake.code).toBe(2);
  expect(mistake.out).toMatch(/error {3}data {6}.*broken\.jsonl:2: /);
  const tooLarge = await cli`check --data rows.jsonl ${run} --json
    --step_scheduler.local_batch_size 1048576 --step_scheduler.global_batch_size 1048576`;
  expect(tooLarge.code).toBe(1);
  const { ok, findings } = JSON.parse(tooLarge.out) as {
    ok: boolean;
    findings: readonly { check: string; level: string }[];
  };
  expect([ok, findings.filter(({ level }) => level === 'error').map(({ check }) => check)]).toEqual(
    [false, ['memory']],
  );
});

test('names everything that is wrong with a recipe', async () => {
  await writeFile(
    join(root(), 'wrong.yaml'),
    'model: {name: a}\ndataset: {path_or_dataset_id: rows.jsonl}\noptimizer: {learning_rate: 1}\n' +
      'step_scheduler: {epochs: 3}\n',
  );
  const { code, out } = await cli`check wrong.yaml`;
  expect(code).toBe(2);
  expect(out).toContain('optimizer.learning_rate: unknown key; did you mean lr?');
  expect(out).toContain('step_scheduler.epochs: unknown key; did you mean num_epochs?');
  expect(out).toMatch(/\n\d errors\n$/);
});

test('says what becomes of recipes of NeMo', async () => {
  await writeFile(
    join(root(), 'nemo.yaml'),
    'model: {pretrained_model_name_or_path: org/m}\ndist_env: {backend: nccl}\nrng: {seed: 1}\n' +
      'dataset: {path_or_dataset_id: a.jsonl}\n' +
      'optimizer: {_target_: torch.optim.AdamW, lr: 1e-5}\n',
  );
  const { code, out } = await cli`check --nemo nemo.yaml`;
  expect(code).toBe(0);
  expect(out).toBe(
    'recipe     here  why\nnemo.yaml  runs  org/m; 5 keys honoured, 1 without effect here\n\n1 ' +
      'of 1 run; the others are refused by the first feature that is missing\nwhether a package ' +
      "provides a model's family is only known once its config.json is read: automodel check " +
      'RECIPE\n\nkeys without effect here, in how many of the recipes that run, and why\n  ' +
      'rng.seed  1  a run is seeded by the top-level key seed (NeMo ignores this one too)\n',
  );
});
