// What the tests that kill runs share: a folder that is kept when they fail, and the numbers of a
// seed.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the project. */
export const repository = fileURLToPath(new URL('../../', import.meta.url));

/** A new folder, the numbers in [0, 1) that follow from `seed`, and an end naming the folder. */
export function beginKillTest(name, seed) {
  const root = mkdtempSync(join(tmpdir(), `${name}-`));
  let state = Number(seed);
  const random = () => (state = (state * 48271) % 2147483647) / 2147483647;
  const fail = (message) => {
    throw new Error(`${message}\nkept for inspection: ${root}`);
  };
  return { root, random, fail };
}
