import { mkdir, mkdtemp, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { BackendPlugin, ModelPlugin } from '@automodel/contracts';
import { AutomodelError } from '@automodel/core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { discoverPlugins, importPluginFile, PluginRegistry, surveyPlugins } from '@automodel/run';

let root: string;
beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'automodel-plugins-')));
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function write(path: string, content: unknown): Promise<void> {
  const file = join(root, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, typeof content === 'string' ? content : JSON.stringify(content));
}

const field = (provides: string[], kind = 'model', apiVersion: unknown = 1) => ({
  kind,
  entry: '.',
  apiVersion,
  provides,
});
const source = (name: string, modelTypes: string[], apiVersion = 1): string =>
  `globalThis.importedPlugins = [...(globalThis.importedPlugins ?? []), ${JSON.stringify(name)}];
   export default {
     kind: 'model',
     apiVersion: ${apiVersion},
     name: ${JSON.stringify(name)},
     modelTypes: ${JSON.stringify(modelTypes)},
     create() { throw new Error('not built'); },
   };`;

async function install(
  folder: string,
  name: string,
  automodel: unknown,
  code = source(name, ['llama']),
): Promise<void> {
  await write(`${folder}/${name}/package.json`, {
    name,
    version: '1.2.3',
    type: 'module',
    exports: { '.': './index.js' },
    ...(automodel === undefined ? {} : { automodel }),
  });
  await write(`${folder}/${name}/index.js`, code);
}

const rejection = async (promise: Promise<unknown>): Promise<string> => {
  try {
    await promise;
    return 'accepted';
  } catch (error) {
    if (!(error instanceof AutomodelError)) throw error;
    return `${error.code} ${error.message}`.replaceAll(root, '<root>');
  }
};

test('plugins are direct dependencies of the project, found from any folder below it', async () => {
  await write('package.json', {
    dependencies: { '@x/one': '1', plain: '1' },
    devDependencies: { two: '1', absent: '1' },
  });
  await install('node_modules', '@x/one', field(['llama']));
  await install('node_modules', 'two', field(['qwen2', 'qwen3']));
  await install('node_modules', 'plain', undefined);
  await install('node_modules', 'transitive', field(['gemma']));
  await mkdir(join(root, 'deep/er'), { recursive: true });
  const found = await discoverPlugins({ workingDirectory: join(root, 'deep/er') });
  expect(found.map((p) => [p.package, p.version, p.kind, p.provides.join()])).toEqual([
    ['@x/one', '1.2.3', 'model', 'llama'],
    ['two', '1.2.3', 'model', 'qwen2,qwen3'],
  ]);
});

test("packages installed beside the application count, the project's own copy first", async () => {
  await write('project/package.json', { dependencies: { '@automodel/models-x': '1' } });
  await install('project/node_modules', '@automodel/models-x', field(['x']));
  await install('global/node_modules', '@automodel/models-x', field(['x']));
  await install('global/node_modules', '@automodel/cpu-backend', field(['cpu'], 'backend'));
  await install('global/node_modules', 'automodel-models-y', field(['y']));
  await install('global/node_modules', 'unrelated', field(['z']));
  await mkdir(join(root, 'global/node_modules/automodel'), { recursive: true });
  const found = await discoverPlugins({
    workingDirectory: join(root, 'project'),
    applicationDirectory: join(root, 'global/node_modules/automodel'),
  });
  expect(found.map((p) => p.directory.slice(root.length))).toEqual([
    '/global/node_modules/@automodel/cpu-backend',
    '/project/node_modules/@automodel/models-x',
    '/global/node_modules/automodel-models-y',
  ]);
});

test('the links of pnpm are followed', async () => {
  await write('package.json', { dependencies: { '@x/one': '1' } });
  await install('store/one@1/node_modules', '@x/one', field(['llama']));
  await mkdir(join(root, 'node_modules/@x'), { recursive: true });
  await symlink(join(root, 'store/one@1/node_modules/@x/one'), join(root, 'node_modules/@x/one'));
  const plugins = new PluginRegistry({
    discovered: await discoverPlugins({ workingDirectory: root }),
  });
  expect((await plugins.model('llama')).name).toBe('@x/one');
});

test('only the plugin that a run needs is imported', async () => {
  await write('package.json', { dependencies: { 'need-a': '1', 'need-b': '1' } });
  await install('node_modules', 'need-a', field(['a']), source('need-a', ['a']));
  await install('node_modules', 'need-b', field(['b']), source('need-b', ['b']));
  const plugins = new PluginRegistry({
    discovered: await discoverPlugins({ workingDirectory: root }),
  });
  expect((await plugins.model('b')).name).toBe('need-b');
  expect((globalThis as { importedPlugins?: string[] }).importedPlugins).not.toContain('need-a');
});

test('two providers of one name are an error that names both', async () => {
  await write('package.json', { dependencies: { 'p-one': '1', 'p-two': '1' } });
  await install('node_modules', 'p-one', field(['llama']));
  await install('node_modules', 'p-two', field(['llama']));
  const plugins = new PluginRegistry({
    discovered: await discoverPlugins({ workingDirectory: root }),
  });
  expect(await rejection(plugins.model('llama'))).toBe(
    'conflict model_type "llama" needs a model plugin, and two installed packages provide it: ' +
      'p-one (<root>/node_modules/p-one) and p-two (<root>/node_modules/p-two)',
  );
});

test('a missing plugin gives the line to type', async () => {
  const none = new PluginRegistry({ discovered: [] });
  expect(await rejection(none.model('qwen3'))).toBe(
    'missing-plugin model_type "qwen3" needs a model plugin: npm install @automodel/models-qwen',
  );
  expect(await rejection(none.backend('cpu'))).toBe(
    'missing-plugin backend "cpu" needs a plugin: npm install @automodel/cpu-backend',
  );
  expect(await rejection(none.model('t5'))).toBe(
    'unsupported model_type "t5" needs a model plugin',
  );
});

test('another apiVersion and malformed fields are refused, naming the package', async () => {
  const discover = async (automodel: unknown): Promise<string> => {
    await write('package.json', { dependencies: { bad: '1' } });
    await install('node_modules', 'bad', automodel);
    return rejection(discoverPlugins({ workingDirectory: root }));
  };
  const place = 'bad-config <root>/node_modules/bad/package.json: plugin bad:';
  expect(await discover(field(['llama'], 'model', 2))).toBe(
    `${place} apiVersion 2 is not one this version loads (1)`,
  );
  expect(await discover(field(['llama'], 'modle'))).toBe(
    `${place} kind "modle" is unknown (known: backend, model, adapter, parallelism, exporter, ` +
      'dataset, tracker)',
  );
  expect(await discover({ kind: 'model', apiVersion: 1 })).toBe(
    `${place} "provides" must be a list of names`,
  );
});

test('the object a package exports is checked too', async () => {
  await write('package.json', { dependencies: { old: '1', other: '1', broken: '1' } });
  await install('node_modules', 'old', field(['a']), source('old', ['a'], 7));
  await install('node_modules', 'other', field(['cpu'], 'backend'), source('other', ['b']));
  await install('node_modules', 'broken', field(['c']), 'export default 3;');
  const plugins = new PluginRegistry({
    discovered: await discoverPlugins({ workingDirectory: root }),
  });
  expect(await rejection(plugins.model('a'))).toBe(
    'bad-config plugin old: apiVersion 7 is not one this version loads (1)',
  );
  expect(await rejection(plugins.backend('cpu'))).toBe(
    'bad-config plugin other: its object has kind "model", expected "backend-plugin"',
  );
  expect(await rejection(plugins.model('c'))).toBe(
    'bad-config plugin broken: its default export is not a plugin object',
  );
});

test('plugin objects and files come before packages', async () => {
  const model: ModelPlugin = {
    kind: 'model',
    apiVersion: 1,
    name: 'mine',
    modelTypes: ['llama'],
    create: () => {
      throw new Error('not built');
    },
  };
  const backend: BackendPlugin = {
    kind: 'backend-plugin',
    apiVersion: 1,
    name: 'cpu',
    create: () => {
      throw new Error('not opened');
    },
    target: () => {
      throw new Error('not planned for');
    },
  };
  await write('own.mjs', source('from a file', ['t5']));
  const plugins = new PluginRegistry({
    discovered: [],
    given: [model, backend, await importPluginFile(join(root, 'own.mjs'))],
  });
  expect(await plugins.model('llama')).toBe(model);
  expect(await plugins.backend('cpu')).toBe(backend);
  expect((await plugins.model('t5')).name).toBe('from a file');
  expect(await rejection(importPluginFile(join(root, 'absent.mjs')))).toMatch(
    /^bad-config plugin <root>\/absent\.mjs cannot be loaded/,
  );
});

test('a survey lists what is installed, what is wrong and what could be installed', async () => {
  await write('package.json', {
    dependencies: { 'p-one': '1', 'p-two': '1', old: '1', '@automodel/models-llama': '1' },
  });
  await install('node_modules', 'p-one', field(['exotic']));
  await install('node_modules', 'p-two', field(['exotic', 'other']));
  await install('node_modules', 'old', field(['x'], 'model', 0));
  await install('node_modules', '@automodel/models-llama', field(['llama', 'mistral']));
  const { installed, problems, missing } = await surveyPlugins({ workingDirectory: root });
  expect(installed.map((record) => record.package)).toEqual([
    '@automodel/models-llama',
    'p-one',
    'p-two',
  ]);
  expect(problems.map((problem) => problem.message.replaceAll(root, '<root>'))).toEqual([
    '<root>/node_modules/old/package.json: plugin old: apiVersion 0 is not one this version ' +
      'loads (1)',
    'model exotic is provided by 2 packages: p-one (<root>/node_modules/p-one) and p-two ' +
      '(<root>/node_modules/p-two)',
  ]);
  expect(missing.map((known) => known.package)).not.toContain('@automodel/models-llama');
  expect(missing).toContainEqual({
    package: '@automodel/models-qwen',
    kind: 'model',
    provides: ['qwen2', 'qwen3'],
  });
});
