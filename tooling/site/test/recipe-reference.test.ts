import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { recipeReference, REFERENCE } from '../src/recipe-reference.js';

test('the page of recipe keys says what the schema says (npm run docs:reference writes it)', () => {
  expect(readFileSync(join(import.meta.dirname, '../../..', REFERENCE), 'utf8')).toBe(
    recipeReference(),
  );
});
