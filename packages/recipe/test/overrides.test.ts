import { describe, expect, test } from 'vitest';
import { parseOverrides, printRecipe, recipeJsonSchema } from '../src/index.js';
import { MINIMAL, parse, refusal, withOptions } from './support.js';

describe('parseOverrides', () => {
  test("reads NeMo's grammar", () => {
    const read = parseOverrides([
      '--a.b',
      '1',
      '--c=x=y',
      '--flag',
      '--d',
      '-1',
      '--list',
      '[1, 2]',
      '--empty=',
    ]);
    expect(read.map(({ path, value }) => [path.join('.'), value])).toEqual([
      ['a.b', '1'],
      ['c', 'x=y'],
      ['flag', true],
      ['d', '-1'],
      ['list', [1, 2]],
      ['empty', ''],
    ]);
  });

  test.each([
    [['--a', '1', 'stray'], '"stray" belongs to no option'],
    [['--a..b', '1'], '--a..b: not a dotted path of recipe keys'],
    [['--'], '--: not a dotted path of recipe keys'],
    [['--a', '[1,'], '--a: "[1," is not a list or mapping'],
  ])('refuses %j', (tokens, message) => {
    expect(refusal(() => parseOverrides(tokens))).toContain(`bad-recipe ${message}`);
  });
});

describe('overrides', () => {
  test('come one after the other: the last of a key wins, and a section replaces its keys', () => {
    const rates = (...options: string[]): unknown => withOptions(...options).recipe.optimizer;
    expect(rates('--optimizer.lr', '1', '--optimizer.lr', '2')).toMatchObject({ lr: 2 });
    expect(rates('--optimizer', '{lr: 1, eps: 1}', '--optimizer.lr', '2')).toMatchObject({
      lr: 2,
      eps: 1,
    });
    expect(rates('--optimizer.eps', '1', '--optimizer', '{lr: 2}')).toMatchObject({
      lr: 2,
      eps: 1e-8,
    });
  });

  test('win over the file, make sections, and take the type the key has', () => {
    const { recipe, source } = withOptions(
      '--step_scheduler.max_steps',
      '5',
      '--optimizer.lr=2e-4',
      '--optimizer.betas',
      '[0.9, 0.95]',
      '--checkpoint.enabled',
      'false',
      '--packed_sequence.drop_long_samples',
      '--step_scheduler.num_epochs',
      'none',
      '--model.pretrained_model_name_or_path',
      '42',
    );
    expect(recipe.step_scheduler).toMatchObject({ max_steps: 5, num_epochs: null });
    expect(recipe.optimizer).toMatchObject({ lr: 2e-4, betas: [0.9, 0.95] });
    expect([
      recipe.checkpoint.enabled,
      recipe.packed_sequence.drop_long_samples,
      recipe.model.pretrained_model_name_or_path,
    ]).toEqual([false, true, '42']);
    expect(source).toContain('lr: 0.0002');
    expect(parse(source).recipe).toEqual(recipe);
  });

  test('replace a type however it was written, and touch one use of an anchor only', () => {
    const nemo = MINIMAL.replace('optimizer:', 'optimizer:\n  _target_: torch.optim.AdamW');
    expect(
      parse(nemo, { overrides: parseOverrides(['--optimizer.type', 'sgd']) }).recipe.optimizer.type,
    ).toBe('sgd');
    expect(
      parse(nemo, { overrides: parseOverrides(['--optimizer._target_', 'torch.optim.SGD']) }).recipe
        .optimizer.type,
    ).toBe('sgd');
    const shared = `${MINIMAL.replace('dataset:', 'dataset: &data')}validation_dataset: *data\n`;
    const { recipe } = parse(shared, {
      overrides: parseOverrides(['--validation_dataset.path_or_dataset_id', 'other']),
    });
    expect([
      recipe.dataset.path_or_dataset_id,
      recipe.validation_datasets['default']?.path_or_dataset_id,
    ]).toEqual(['data/train.jsonl', 'other']);
  });

  test.each([
    [
      ['--optimizer.lr', 'fast'],
      '--optimizer.lr: optimizer.lr: expected a number, got the text "fast"',
    ],
    [['--optimizer.lrr', '1'], '--optimizer.lrr: optimizer.lrr: unknown key; did you mean lr?'],
    [
      ['--step-scheduler.max_steps', '1'],
      '--step-scheduler.max_steps: step-scheduler: unknown key; did you mean step_scheduler?',
    ],
    [
      ['--optimizer.type', 'adamv'],
      '--optimizer.type: optimizer.type: unknown optimizer type "adamv"; did you mean adamw?',
    ],
    [['--optimizer.lr.x', '1'], '--optimizer.lr.x: optimizer.lr is a value, not a section of keys'],
    [
      ['--step_scheduler.local_batch_size', '5'],
      '--step_scheduler.local_batch_size: step_scheduler.local_batch_size: 5 does not divide ' +
        'global_batch_size 32',
    ],
    [
      ['--step_scheduler.max_steps'],
      '--step_scheduler.max_steps: step_scheduler.max_steps: expected a whole number or null, ' +
        'got true',
    ],
    [
      ['--step_scheduler.max_steps', '-1'],
      '--step_scheduler.max_steps: step_scheduler.max_steps must be above 0',
    ],
  ])('%j is refused naming the option', (tokens, message) => {
    expect(refusal(() => withOptions(...tokens))).toBe(`bad-recipe ${message}`);
  });

  test('an unsupported section is refused naming the option', () => {
    expect(refusal(() => withOptions('--neftune.alpha', '8'))).toContain(
      'unsupported --neftune.alpha: neftune is not supported',
    );
  });
});

describe('printRecipe', () => {
  test('hides values under keys that look secret, and nothing else', () => {
    const text = printRecipe({
      hf_token: 'abc',
      api_key: 1,
      nested: { auth: { user: 'me' } },
      tokenizer: 'x',
      max_new_tokens: 5,
      author: 'a',
      reference_token: '${HF_TOKEN}',
      token_default: '${T,abc}',
    });
    expect(text).toMatchInlineSnapshot(`
      "hf_token: "***"
      api_key: "***"
      nested:
        auth:
          user: "***"
      tokenizer: x
      max_new_tokens: 5
      author: a
      reference_token: \${HF_TOKEN}
      token_default: "***"
      "
    `);
  });
});

describe('recipeJsonSchema', () => {
  test('describes what may be written', () => {
    const schema = recipeJsonSchema() as {
      properties: Record<string, { properties: Record<string, object> }>;
      required: string[];
      additionalProperties: boolean;
      patternProperties: object;
    };
    expect(schema.required).toEqual(['model', 'dataset', 'optimizer']);
    expect(schema.additionalProperties).toBe(false);
    expect(schema.properties['step_scheduler']?.properties['global_batch_size']).toMatchObject({
      type: ['integer', 'string'],
      default: 32,
    });
    expect(schema.properties['distributed']?.properties['tp_size']).toMatchObject({
      enum: [1, null, 'none', 'None'],
    });
    expect(schema.properties['distributed']?.properties['sequence_parallel']).toMatchObject({
      description: 'No effect here: tp_size is 1.',
    });
    expect(Object.keys(schema.patternProperties)).toEqual(['^validation_dataset_']);
  });
});
