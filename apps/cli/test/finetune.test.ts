// `automodel finetune`: from a recipe or options to a model or an adapter, and what becomes of it.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { cliIn, succeeded, typed, type CliResult, type Words } from './support/cli-in.js';
import { joined } from './support/joined.js';
import { repository } from './support/tiny-folder.js';
import { tinyRoot } from './support/tiny-root.js';

const root = tinyRoot();
const cli = (...words: Words): Promise<CliResult> =>
  cliIn(root(), typed(...words), { environment: { LEARNING_RATE: '5e-3' } });
const lastLine = (text: string): string => text.trimEnd().split('\n').at(-1) ?? '';
const golden = join(repository, 'goldens/models/llama-gqa');

describe('finetune', () => {
  const quick = typed`--step_scheduler.max_steps 2 --step_scheduler.global_batch_size=4
    --backend.threads 1`;

  test('without a recipe: model, data and output are enough', async () => {
    const { code, out, err } =
      await cli`finetune --model model --data rows.jsonl --output short ${quick}`;
    expect(succeeded({ code, out, err })).toEqual({ code: 0, err: '' });
    expect(err).toContain(
      'chosen: all weights are trained, learning rate 5e-4, 2 rows are held out, scored by ' +
        'exact_match and rouge_l\n',
    );
    expect(out).toMatch(/exact match {6}[\d.]+ % before, [\d.]+ % after\n/);
    expect(err).toContain('label mask of');
    expect(err).toContain('<|im_start|>assistant\n⟦{"name":');
    for (const word of [
      'weights',
      'gradients',
      'optimizer',
      'activations',
      'workspace',
      'peak',
      'FLOP',
      'step 2/2',
      'tokens/s',
    ])
      expect(err).toContain(word);
    expect(out).toContain('model    short\n');
    expect(out).toMatch(/\nnext: npx automodel generate --model short --prompt '[^']+'\n/);
    expect(lastLine(out)).toBe('report   short/report.html');
    expect(await readdir(join(root(), 'short'))).toEqual(
      expect.arrayContaining([
        'config.json',
        'model.safetensors',
        'metrics.jsonl',
        'recipe.yaml',
        'report.html',
      ]),
    );
  });

  test('a recipe alone is enough; overrides and the environment reach it', async () => {
    await writeFile(
      join(root(), 'recipe.yaml'),
      `model: {pretrained_model_name_or_path: model}
dataset: {path_or_dataset_id: rows.jsonl}
validation_dataset: {path_or_dataset_id: rows.jsonl}
optimizer: {lr: "\${LEARNING_RATE}"}
checkpoint: {checkpoint_dir: from-recipe}
`,
    );
    const { code, out } = await cli`--nproc-per-node 1 recipe.yaml ${quick} --json`;
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      reason: 'finished',
      steps: 2,
      model: join(root(), 'from-recipe'),
      report: join(root(), 'from-recipe/report.html'),
      validation_loss: { default: expect.any(Number) as number },
    });
    const copy = await readFile(join(root(), 'from-recipe/recipe.yaml'), 'utf8');
    expect(copy).toContain('lr: ${LEARNING_RATE}');
    expect(copy).toContain('max_steps: 2');
    const metrics = (await readFile(join(root(), 'from-recipe/metrics.jsonl'), 'utf8')).split('\n');
    expect(JSON.parse(metrics[0]!)).toMatchObject({ lr: 5e-3 });
    const report: unknown = JSON.parse(
      await readFile(join(root(), 'from-recipe/report.json'), 'utf8'),
    );
    expect(report).toMatchObject({
      nextCommand:
        `npx automodel generate --model ${join(root(), 'from-recipe')} ` +
        "--prompt 'Write to Fatima: I left the keys on the table please'",
    });
  });

  test('on a terminal progress is one line drawn again, and trained text is coloured', async () => {
    const { err } = await cliIn(
      root(),
      typed`finetune --model model --data rows.jsonl --output drawn ${quick}`,
      { terminal: true },
    );
    expect(err).toMatch(/\r\u001b\[2K\S*50 %.* 1\/2 · loss 6\.\d\d · /);
    expect(err).toContain('\u001b[32m');
  });

  test('mistakes are one line and exit with 2', async () => {
    const mistake = async (...words: Words): Promise<string> => {
      const { code, err, out } = await cli(...words);
      expect({ code, out }).toEqual({ code: 2, out: '' });
      return err.trimEnd().replaceAll(root(), '<root>');
    };
    expect(await mistake`finetune --model model`).toBe(
      'error: without a recipe --data and --output must be given (automodel finetune ' +
        'RECIPE.yaml, or automodel finetune --model DIR --data FILE --output DIR)',
    );
    expect(await mistake`fintune`).toBe(
      'error: fintune: is neither a command nor a recipe file (did you mean automodel finetune?)',
    );
    expect(await mistake`finetun recipe.yaml`).toBe(
      'error: finetun: is neither a command nor a recipe file (did you mean automodel finetune?)',
    );
    expect(await mistake`absent.yaml`).toBe(
      'error: absent.yaml: the recipe cannot be read (check the path)',
    );
    expect(await mistake`--nproc_per_node=2 recipe.yaml`).toMatch(
      /^error: --nproc_per_node=2: one process runs here .*take --nproc-per-node N/,
    );
    expect(await mistake`recipe.yaml --optimizer.learning_rat 1`).toMatch(
      /^error: --optimizer\.learning_rat: .*unknown key/,
    );
    expect(await mistake`finetune --model model --data rows.jsonl --output model`).toMatch(
      /^error: <root>\/model: the output folder is not empty/,
    );
    expect(await mistake`finetune --model ./absent --data rows.jsonl --output new`).toMatch(
      /^error: model folder <root>\/absent does not exist/,
    );
    expect(await mistake`generate --model model --prompt x --top-p 2`).toContain(
      'It must be a number from 0 to 1.',
    );
    expect(await mistake`verify ${golden} --reference absent.safetensors`).toMatch(
      /absent\.safetensors/,
    );
  });

  test('a run that is stopped says so with 130', async () => {
    const { code } = await cliIn(
      root(),
      typed`finetune --model model --data rows.jsonl --output stopped ${quick}`,
      { signal: AbortSignal.abort() },
    );
    expect(code).toBe(130);
  });
});

test('an adapter is trained, used on its model and merged into it', async () => {
  const train = typed`finetune --model model --data rows.jsonl --output adapter
    --step_scheduler.max_steps 2 --backend.threads 1 --optimizer.lr 1e-2
    --peft.type lora --peft.target_modules ${'[q_proj, v_proj]'} --peft.dropout 0.1`;
  const { code, out, err } = await cli`${train}`;
  expect(succeeded({ code, out, err })).toEqual({ code: 0, err: '' });
  expect(err).toContain('lora on 2 modules (q_proj, v_proj)');
  expect(out).toContain('adapter  adapter\n');
  const next = /\nnext: npx automodel (generate --model model --adapter adapter --prompt '.*')\n/;
  expect(out).toMatch(next);
  expect(await readFile(join(root(), 'rows.jsonl'), 'utf8')).toContain(
    /--prompt '(.*)'/.exec(next.exec(out)![1]!)![1],
  );
  expect(
    JSON.parse(await readFile(join(root(), 'adapter/adapter_config.json'), 'utf8')),
  ).toMatchObject({
    peft_type: 'LORA',
    r: 16,
    lora_alpha: 32,
    target_modules: ['q_proj', 'v_proj'],
  });
  expect(
    await cli`merge --model model --adapter adapter --output merged --threads 1`,
  ).toMatchObject({
    code: 0,
    out: expect.stringMatching(
      /^merged {3}merged\n\nnext: npx automodel generate --model merged --prompt '/,
    ) as string,
  });
  expect(
    await cli`merge --model model --adapter adapter --output merged --threads 1`,
  ).toMatchObject({ code: 2, err: expect.stringContaining('--force') as string });
  await writeFile(join(root(), 'merged/notes.txt'), 'x');
  expect(
    await cli`merge --model model --adapter adapter --output merged --threads 1 --force`,
  ).toMatchObject({ code: 0 });
  const text = async (...argv: string[]): Promise<string> =>
    (await cli`generate --prompt ${'set a timer'} --max-new-tokens 8 --threads 1 --raw ${argv}`)
      .out;
  expect(await text('--model', 'merged')).toBe(
    await text('--model', 'model', '--adapter', 'adapter'),
  );
  const further = await cli`${train.slice(0, 5)} --output further
    ${train.slice(7, 11)} --peft.adapter_name_or_path adapter`;
  expect(succeeded(further)).toEqual({ code: 0, err: '' });
  expect((await cli`${train.slice(0, 5)} --output none --peft.target_modules query`).err).toMatch(
    /^error: target_modules "query" matches no linear module \(.*: embed_tokens, q_proj/m,
  );
});

test('an adapter is trained on a base of 4 bits, and only there', async () => {
  const run = (output: string): string[] =>
    typed`finetune --model model --data rows.jsonl --output ${output}
      --quantization.load_in_4bit true --backend.threads 1 --step_scheduler.max_steps 2`;
  const { code, out, err } = await cli`${run('four')} --peft.type lora`;
  expect(succeeded({ code, out, err })).toEqual({ code: 0, err: '' });
  expect(err).toMatch(/^ +of them quantised +\d/m);
  expect((await cli`${run('alone')}`).err).toMatch(
    joined(
      /^error: quantization holds the frozen weights below an adapter, /m,
      /and nothing is frozen without one/,
    ),
  );
  expect((await cli`bench model --quantization nf4`).err).toMatch(
    /^error: --quantization is for the base of an adapter: give --lora too/m,
  );
});
