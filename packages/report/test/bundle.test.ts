import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { BUNDLE, bundledScript } from '../scripts/bundle-script.js';

test('the page has the script of its sources (npm run report:script writes it)', async () => {
  expect(readFileSync(BUNDLE, 'utf8')).toBe(await bundledScript());
});
