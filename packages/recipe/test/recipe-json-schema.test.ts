import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { recipeJsonSchema } from '../src/index.js';

const read = (path: string): string =>
  readFileSync(fileURLToPath(new URL(path, import.meta.url)), 'utf8');

test(
  'the schema that the package carries is that of the code: automodel schema --force --output ' +
    'packages/recipe/recipe.schema.json',
  () => {
    expect(JSON.parse(read('../recipe.schema.json'))).toEqual(recipeJsonSchema());
  },
);

describe('what editors accept and refuse', () => {
  const schema = z.fromJSONSchema(recipeJsonSchema() as Parameters<typeof z.fromJSONSchema>[0]);
  const accepts = (text: string): boolean => schema.safeParse(parse(text)).success;
  const least =
    'model: {pretrained_model_name_or_path: m}\ndataset: {path_or_dataset_id: ' +
    'd.jsonl}\noptimizer: {lr: 1.0e-4}\n';

  test('recipes that run', () => {
    for (const name of ['finetune', 'lora', 'pretrain'])
      expect(accepts(read(`../../../examples/quickstart/${name}.yaml`)), name).toBe(true);
    expect(accepts(least)).toBe(true);
  });

  test("references where a number stands, NeMo's names, and named validation sets", () => {
    expect(accepts(least.replace('1.0e-4', '"${LEARNING_RATE}"'))).toBe(true);
    expect(accepts(least.replace('{lr', '{_target_: torch.optim.AdamW, lr'))).toBe(true);
    expect(
      accepts(
        `${least}recipe: ` +
          'nemo_automodel.recipes.llm.train_ft.TrainFinetuneRecipeForNextTokenPrediction\n',
      ),
    ).toBe(true);
    expect(accepts(`${least}distributed: {dp_size: none}\n`)).toBe(true);
    expect(accepts(`${least}validation_dataset_code: {path_or_dataset_id: d.jsonl}\n`)).toBe(true);
    expect(
      accepts(
        least.replace(
          /^dataset.*$/m,
          'dataset: {type: mixed, datasets: [{weight: 2, path_or_dataset_id: a}, {type: chat, ' +
            'path_or_dataset_id: b}]}',
        ),
      ),
    ).toBe(true);
  });

  test('wrong keys, wrong values and missing sections', () => {
    expect(accepts(`${least}optimiser: {lr: 1}\n`)).toBe(false);
    expect(accepts(least.replace('lr: 1.0e-4', 'lr: 1.0e-4, learning_rate: 1'))).toBe(false);
    expect(accepts(least.replace('1.0e-4', 'fast'))).toBe(false);
    expect(accepts(least.replace('1.0e-4', '-1'))).toBe(false);
    expect(accepts(`${least}distributed: {dp_size: many}\n`)).toBe(false);
    expect(accepts(`${least}precision: f8\n`)).toBe(false);
    expect(
      accepts(
        least.replace(
          /^dataset.*$/m,
          'dataset: {type: mixed, datasets: [{weight: 0, path_or_dataset_id: a}, ' +
            '{path_or_dataset_id: b}]}',
        ),
      ),
    ).toBe(false);
    expect(accepts(least.replace(/^optimizer.*\n/m, ''))).toBe(false);
  });
});
