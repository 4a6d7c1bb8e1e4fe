// The script of the page in one piece: packages/report/browser and what it imports, made small.
import { join } from 'node:path';
import { build } from 'esbuild';

/** Where the bundle is kept, so that the report works from source without a build. */
export const BUNDLE = join(import.meta.dirname, '../assets/run-view.min.js');

/** The text of the bundle. It cannot end the element that it stands in. */
export async function bundledScript(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, '../browser/main.ts')],
    bundle: true,
    write: false,
    minify: true,
    format: 'iife',
    target: 'es2022',
    charset: 'ascii',
    legalComments: 'none',
    conditions: ['@automodel/source'],
  });
  return (outputFiles[0]?.text ?? '').replaceAll('</script', '<\\/script');
}
