// A recipe is data: the package loads where there is neither Node nor a file, as in a web page.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createContext, runInContext } from 'node:vm';
import { fileURLToPath } from 'node:url';
import { build } from 'tsup';
import { afterAll, expect, test } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'automodel-browser-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** One script of a module and all that it imports, for browsers. */
async function bundled(entry: string): Promise<string> {
  await build({
    entry: { bundle: entry },
    outDir: folder,
    platform: 'browser',
    format: 'iife',
    globalName: 'bundle',
    noExternal: [/./],
    dts: false,
    silent: true,
    config: false,
    esbuildOptions: (options) => {
      options.conditions = ['@automodel/source'];
      options.logLevel = 'silent';
    },
  });
  return readFileSync(join(folder, 'bundle.global.js'), 'utf8');
}

test('parses a recipe in a browser', async () => {
  const script = await bundled(fileURLToPath(new URL('../src/index.ts', import.meta.url)));
  // Nothing is there but the language itself.
  const page = createContext({ text: 'model: {pretrained_model_name_or_path: m}\n' });
  runInContext(script, page);
  runInContext(
    "text += 'dataset: {type: chat, path_or_dataset_id: d}\\noptimizer: {lr: 0.1}'",
    page,
  );
  expect(runInContext('bundle.parseRecipe(text).recipe.dataset.type', page)).toBe('chat');
  expect(runInContext('Object.keys(bundle.recipeJsonSchema().properties)', page)).toContain(
    'dataset',
  );
});

test('would not load there with a module of Node', async () => {
  const entry = join(folder, 'reads-files.ts');
  writeFileSync(entry, "export { readFileSync } from 'node:fs';\n");
  const script = await bundled(entry);
  expect(() => void runInContext(script, createContext({}))).toThrow('"fs" is not supported');
});
