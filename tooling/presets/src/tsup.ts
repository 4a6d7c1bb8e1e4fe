// The one bundler preset: every package builds through it, so that replacing tsup is a change of this file.
import { defineConfig, type Options } from 'tsup';

/** Build options of a library package: ESM, one entry, declarations; `extra` adds entries. */
export function preset(extra: Options = {}): ReturnType<typeof defineConfig> {
  return defineConfig({
    entry: ['src/index.ts'],
    format: ['esm'],
    target: 'node20',
    dts: true,
    sourcemap: true,
    clean: true,
    treeshake: true,
    ...extra,
  });
}
