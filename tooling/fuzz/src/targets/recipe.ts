// Recipes: what is accepted has finite numbers only, and those that matter most are the ones in the
// text.
import { readFileSync } from 'node:fs';
import { parseRecipe } from '@automodel/recipe';
import { parseDocument } from 'yaml';
import type { FuzzTarget } from '../fuzz-target.js';

const file = (path: string): Buffer =>
  readFileSync(new URL(`../../../../${path}`, import.meta.url));

function numbersOf(value: unknown, path: string): void {
  if (typeof value === 'number' && !Number.isFinite(value)) throw new Error(`${path} is ${value}`);
  if (typeof value === 'object' && value !== null)
    for (const [key, inner] of Object.entries(value)) numbersOf(inner, `${path}.${key}`);
}

const RATES = [
  ['optimizer', 'lr'],
  ['step_scheduler', 'global_batch_size'],
  ['step_scheduler', 'local_batch_size'],
  ['seed'],
] as const;

export const recipe: FuzzTarget = {
  name: 'recipe',
  seeds: [
    'examples/quickstart/finetune.yaml',
    'examples/quickstart/lora.yaml',
    'examples/quickstart/pretrain.yaml',
  ].map(file),
  read: async (bytes) => {
    await Promise.resolve();
    const text = bytes.toString('utf8');
    const { recipe: read } = parseRecipe(text, {
      file: 'recipe.yaml',
      environment: { HOME: '/home' },
    });
    numbersOf(read, 'recipe');
    const document = parseDocument(text, { merge: true, version: '1.2' });
    for (const path of RATES) {
      const written: unknown = document.getIn(path);
      const got = path.reduce<unknown>(
        (value, key) => (value as Record<string, unknown>)[key],
        read,
      );
      const expected =
        typeof written === 'string' ? Number(written.trim().replaceAll('_', '')) : written;
      if (
        typeof expected === 'number' &&
        !Object.is(got, expected) &&
        !(got === 0 && expected === 0)
      )
        throw new Error(`${path.join('.')} is ${String(got)}, written is ${String(written)}`);
    }
  },
};
