// The one bundler preset: every package builds through it, so that replacing tsup is a change of
// this file. It is plain JavaScript because tsup loads a package's configuration with Node itself,
// which on Node 20 reads no TypeScript from another package.
import { copyFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'tsup';

const license = fileURLToPath(new URL('../../../LICENSE', import.meta.url));
const tsconfig = fileURLToPath(new URL('../tsconfig.build.json', import.meta.url));

/**
 * Build options of a package: ESM, one entry, declarations, and the repository's LICENSE beside
 * them, so that `npm pack` takes it along.
 * @param {import('tsup').Options} [extra] options that add to or replace these, for example further
 * entries
 */
export function preset(extra = {}) {
  return defineConfig({
    entry: ['src/index.ts'],
    format: ['esm'],
    target: 'node20',
    tsconfig,
    dts: true,
    sourcemap: true,
    clean: true,
    treeshake: true,
    onSuccess: async () => copyFileSync(license, 'LICENSE'),
    ...extra,
  });
}
