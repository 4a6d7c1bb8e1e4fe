import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { parseRecipe } from '@automodel/recipe';
import { recipeOf, recipeText, type RecipeChoice } from '@automodel/run';
import { cliIn, succeeded, typed, type CliResult, type Words } from './support/cli-in.js';
import { joined } from './support/joined.js';
import { tinyRoot } from './support/tiny-root.js';

const root = tinyRoot();

const cli = (...words: Words): Promise<CliResult> =>
  cliIn(root(), typed(...words), { environment: { AUTOMODEL_CACHE: join(root(), 'cache') } });

test('what init writes runs as it is, and the commands it names are the next ones', async () => {
  const { code, out, err } = await cli`init --model model --data rows.jsonl --output trained
    --method lora --epochs 1`;
  expect({ code, out }).toEqual({
    code: 0,
    out:
      'recipe   recipe.yaml\nnext: npx automodel check recipe.yaml\n      npx ' +
      'automodel finetune recipe.yaml\n',
  });
  expect(err).toMatch(
    joined(
      /model {2}llama, .*k parameters\n/,
      /data {3}20 rows, the longest \d+ tokens\n/,
      /held out 2 rows, never trained on, 2 of them answered and scored by /,
      /exact_match and rouge_l\n/,
      /memory .* free; full takes .*, lora takes .*, qlora takes /,
    ),
  );
  const finetuned = await cli`finetune recipe.yaml --json --backend.threads 1`;
  expect(succeeded(finetuned)).toEqual({ code: 0, err: '' });
  expect(await readdir(join(root(), 'trained'))).toContain('adapter_config.json');
});

test('an existing recipe is kept, unless --force', async () => {
  await writeFile(join(root(), 'kept.yaml'), 'mine');
  const refused = await cli`init --model model --data rows.jsonl --recipe kept.yaml`;
  expect(refused.code).toBe(2);
  expect(refused.err).toContain(
    'kept.yaml: the recipe already exists (choose another name with --recipe, or --force',
  );
  expect(await readFile(join(root(), 'kept.yaml'), 'utf8')).toBe('mine');
  expect((await cli`init --model model --data rows.jsonl --recipe kept.yaml --force`).code).toBe(0);
  expect(await readFile(join(root(), 'kept.yaml'), 'utf8')).toContain('checkpoint_dir: out');
});

test(
  'without a terminal what is missing is named; a model or data that cannot be read writes ' +
    'nothing',
  async () => {
    expect((await cli`init --model model --recipe new.yaml`).err).toMatch(
      joined(
        /^error: --data must be given: there is no terminal to ask on /,
        /\(automodel init --model DIR --data FILE/,
      ),
    );
    expect((await cli`init --model ./absent --data rows.jsonl --recipe new.yaml`).code).toBe(2);
    await writeFile(join(root(), 'odd.jsonl'), '{"colour": "red"}\n');
    const odd = await cli`init --model model --data odd.jsonl --recipe new.yaml`;
    expect(odd.code).toBe(2);
    expect(odd.err).toMatch(/odd\.jsonl:1/);
    expect(await readdir(root())).not.toContain('new.yaml');
  },
);

test('columns with other names are mapped', async () => {
  await writeFile(
    join(root(), 'faq.jsonl'),
    Array.from({ length: 9 }, (_, i) =>
      JSON.stringify({ question: `What is ${i}?`, answer: `It is ${i}.` }),
    ).join('\n'),
  );
  const { code, out, err } =
    await cli`init --model model --data faq.jsonl --recipe faq.yaml --json`;
  expect({ code, err: code === 0 ? '' : err }).toEqual({ code: 0, err: '' });
  expect(JSON.parse(out)).toMatchObject({
    columns: { prompt: 'question', completion: 'answer' },
    method: 'full',
    epochs: 3,
  });
  expect((await cli`finetune faq.yaml --step_scheduler.max_steps 1 --backend.threads 1`).code).toBe(
    0,
  );
});

test('the text and the data of a choice are the same recipe, whatever the names look like', () => {
  const choice: RecipeChoice = {
    model: 'C:\\models\\a b',
    data: 'true',
    output: '- out: #1',
    method: 'qlora',
    epochs: 2,
    globalBatchSize: 8,
    localBatchSize: 4,
    seqLength: 512,
    columns: { prompt: 'the "question"', completion: 'no' },
    parameters: 8e9,
    heldOut: 40,
    splits: undefined,
    text: undefined,
    evaluation: { rows: 20, maxNewTokens: 16, metrics: ['accuracy', 'f1'] },
  };
  const text = recipeText(choice, {
    modelType: 'llama',
    rows: '5 rows',
    longest: 9,
    peak: '1 GiB',
    schema: 'x.json',
    file: 'recipe.yaml',
  });
  const heldOut = { split: 'train[:40]', shuffle_seed: 42 };
  expect(recipeOf(choice)).toMatchObject({
    dataset: { split: 'train[40:]', shuffle_seed: 42 },
    validation_dataset: heldOut,
    evaluation: { dataset: { ...heldOut, limit_dataset_samples: 20 } },
    checkpoint: { load_best_at_end: true },
  });
  expect(text).toMatch(/^# yaml-language-server: \$schema=x\.json\n/);
  expect(parseRecipe(text, { file: 'recipe.yaml', environment: {} }).recipe).toEqual(
    parseRecipe(JSON.stringify(recipeOf(choice)), { file: 'recipe.yaml', environment: {} }).recipe,
  );
});

const questions = (count: number): string =>
  Array.from({ length: count }, (_, i) =>
    JSON.stringify({ prompt: `What is ${i}?`, completion: `It is ${i}.` }),
  ).join('\n');

test.each([
  [['train.jsonl', 'my_val.jsonl', 'test.csv', 'README.md'], 'validation'],
  [['training/a.jsonl', 'testing/a.jsonl'], 'test'],
  [['train.jsonl', 'constrained.jsonl'], undefined],
  [['train.jsonl'], undefined],
])('a folder of %j is trained on and measured by its splits', async (names, held) => {
  const folder = `splits-${names.length}-${held}`;
  for (const name of names) {
    const path = join(root(), folder, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, name.endsWith('csv') ? 'prompt,completion\na,b\n' : questions(40));
  }
  const made = await cli`init --model model --data ${folder} --recipe ${`${folder}.yaml`}
    --output ${`${folder}-out`}`;
  expect(made.err).toContain(
    held === undefined ? 'held out 4 rows, never' : `held out split ${held}, never`,
  );
  const text = await readFile(join(root(), `${folder}.yaml`), 'utf8');
  const { recipe } = parseRecipe(text, { file: 'recipe.yaml', environment: {} });
  const part = held === undefined ? { split: 'train[:4]', shuffle_seed: 42 } : { split: held };
  expect(recipe).toMatchObject({
    dataset: { path_or_dataset_id: folder, split: held === undefined ? 'train[4:]' : 'train' },
    validation_datasets: { default: { path_or_dataset_id: folder, ...part } },
    evaluation: { dataset: { path_or_dataset_id: folder, ...part } },
  });
  const checked = await cli`check ${`${folder}.yaml`} --rows 1`;
  expect(checked.out).toContain(`train: ${held === undefined ? 36 : 40} rows`);
  expect(checked.code).toBe(0);
});

test('too few rows beside files of no split: the training split is named', async () => {
  await mkdir(join(root(), 'few'));
  await writeFile(join(root(), 'few/train.jsonl'), questions(5));
  await writeFile(join(root(), 'few/notes.jsonl'), questions(9));
  const { out } = await cli`init --model model --data few --recipe few.yaml --json`;
  expect(JSON.parse(out)).toMatchObject({ heldOut: 0 });
  expect(await readFile(join(root(), 'few.yaml'), 'utf8')).toMatch(/\n {2}split: train\n/);
});

test('columns whose names say nothing are named by --columns, as the error says', async () => {
  const header = 'ticket,"customer, says",reply';
  const rows = Array.from({ length: 9 }, (_, i) => `${i},"""What""\nis ${i}?",Ist größer.`);
  await writeFile(join(root(), 'tickets.csv'), `${[header, ...rows].join('\n')}\n`);
  const refused = await cli`init --model model --data tickets.csv --recipe tickets.yaml`;
  expect(refused.code).toBe(2);
  expect(refused.err).toContain(
    'it has columns "ticket", "customer, says", "reply" (name the columns of question and ' +
      'answer: --columns QUESTION,ANSWER',
  );
  expect(
    (await cli`init --model model --data tickets.csv --recipe tickets.yaml --columns reply`).err,
  ).toContain('QUESTION,ANSWER');
  const { code, err } = await cli`init --model model --data tickets.csv --recipe tickets.yaml
    --output tickets-out --columns ticket,reply`;
  expect({ code, err: code === 0 ? '' : err }).toEqual({ code: 0, err: '' });
  expect((await cli`check tickets.yaml`).out).toContain('nothing to fix');
  const evaluated = await cli`evaluate --model model --data tickets.csv --columns ticket,reply
    --limit 1 --max-new-tokens 2 --json --threads 1`;
  expect(JSON.parse(evaluated.out)).toMatchObject({ rows: 1, answered: 1 });
});
