// What manifests say about themselves: the repository's own, and planted mistakes.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { surveyPlugins } from 'automodel';
import { describe, expect, it } from 'vitest';
import { KNOWN_PLUGINS, knownPluginsText } from '../src/known-plugins.js';
import { checkMetadata, completed } from '../src/metadata.js';
import { repositoryRoot } from '../src/workspace.js';
import { fakeTree } from './fake-tree.js';

const root = { name: 'root', private: true, license: 'Apache-2.0', engines: { node: '>=20.19' } };
const address = {
  repository: { type: 'git', url: 'git+https://example.org/a.git' },
  homepage: 'https://example.org/a',
  bugs: { url: 'https://example.org/a/issues' },
};
const from = (folder: string): object => ({ repository: { type: 'git', directory: folder } });
const manifest = {
  name: '@automodel/one',
  version: '1.0.0',
  description: 'One',
  keywords: ['automodel', 'fine-tuning', 'one'],
  license: 'Apache-2.0',
  ...from('packages/one'),
  type: 'module',
  engines: { node: '>=20.19' },
  sideEffects: false,
  exports: {
    '.': {
      '@automodel/source': './src/index.ts',
      types: './dist/index.d.ts',
      default: './dist/index.js',
    },
    './package.json': './package.json',
  },
  files: ['dist'],
  publishConfig: { access: 'public', provenance: true },
};

/** Complaints about the manifest with these fields; undefined removes one. */
const complaints = (fields: object, rootFields: object = {}): readonly string[] =>
  checkMetadata(
    fakeTree({
      'package.json': { ...root, ...rootFields },
      'packages/one/package.json': { ...manifest, ...fields },
    }),
  ).map((line) => line.replace('packages/one/package.json: ', ''));

describe('checkMetadata', () => {
  it('finds nothing to say about the repository', () => {
    expect(checkMetadata(repositoryRoot)).toEqual([]);
  });

  it('names every plugin of the repository among those that could be installed', async () => {
    const nowhere = fakeTree({});
    const { missing } = await surveyPlugins({
      workingDirectory: nowhere,
      applicationDirectory: nowhere,
    });
    expect(missing.map((known) => known.package)).toContain('@automodel/models-llama');
    const written = readFileSync(join(repositoryRoot, KNOWN_PLUGINS), 'utf8');
    expect(written, 'npm run metadata').toBe(await knownPluginsText(repositoryRoot));
  });

  it('accepts a complete manifest, with the address of the root and its own folder', () => {
    expect(complaints({})).toEqual([]);
    expect(
      complaints(
        { ...address, repository: { ...address.repository, directory: 'packages/one' } },
        address,
      ),
    ).toEqual([]);
  });

  it.each([
    [{ license: 'MIT' }, 'license is "MIT", expected "Apache-2.0": run npm run metadata'],
    [
      { engines: undefined },
      'engines is missing, expected {"node":">=20.19"}: run npm run metadata',
    ],
    [
      { repository: undefined },
      'repository is missing, expected {"type":"git","directory":"packages/one"}: run npm run ' +
        'metadata',
    ],
    [
      { homepage: 'https://example.org' },
      'homepage is "https://example.org", expected none: run npm run metadata',
    ],
    [
      { publishConfig: { access: 'public' } },
      'publishConfig must say access "public" and provenance true',
    ],
    [{ description: '' }, 'description is missing'],
    [{ keywords: ['automodel'] }, 'keywords must name automodel and at least two more'],
    [{ files: undefined }, 'files is missing'],
    [{ type: undefined }, 'type must be "module"'],
    [{ sideEffects: undefined }, 'sideEffects is missing'],
    [
      { exports: { ...manifest.exports, '.': './dist/index.js' } },
      expect.stringContaining('exports["."] has the conditions'),
    ],
    [{ exports: { '.': manifest.exports['.'] } }, 'exports lacks "./package.json"'],
  ])('names what is wrong: %j', (fields, complaint) => {
    expect(complaints(fields)).toEqual([complaint]);
  });

  it('refuses a package that names another folder of the repository', () => {
    expect(
      complaints(
        { ...address, repository: { ...address.repository, directory: 'packages/two' } },
        address,
      ),
    ).toEqual([expect.stringContaining('"directory":"packages/one"')]);
  });

  it('asks the platforms for the same, but for what only code has', () => {
    const platform = {
      ...manifest,
      ...from('packages/cpu-backend/platforms/x'),
      name: '@automodel/cpu-backend-x',
      type: undefined,
      exports: undefined,
      sideEffects: undefined,
      keywords: [],
    };
    const tree = fakeTree({
      'package.json': root,
      'packages/cpu-backend/package.json': { ...manifest, ...from('packages/cpu-backend') },
      'packages/cpu-backend/platforms/x/package.json': platform,
    });
    expect(checkMetadata(tree)).toEqual([
      'packages/cpu-backend/platforms/x/package.json: keywords must name automodel and at least ' +
        'two more',
    ]);
  });
});

describe('the manifest of a model package', () => {
  const short = { name: '@automodel/models-yi', version: '0.0.0', description: 'Yi models' };
  const folder = 'packages/models-yi';
  const withPlugin = (plugin: string, fields: object = short): string =>
    fakeTree({
      'package.json': root,
      'packages/core/package.json': { name: '@automodel/core', version: '1.2.0', private: true },
      [`${folder}/package.json`]: fields,
      [`${folder}/src/index.ts`]: plugin,
    });
  const plugin = "export default { modelTypes: ['yi', 'yi2_text', 'zen'] };";

  it('is made from name, version, description and the plugin', () => {
    const tree = withPlugin(plugin);
    const whole = completed(tree, { folder, manifest: short });
    expect(whole).toMatchObject({
      ...short,
      keywords: ['automodel', 'fine-tuning', 'hugging face', 'yi', 'zen', 'model'],
      automodel: { kind: 'model', entry: '.', apiVersion: 1, provides: ['yi', 'yi2_text', 'zen'] },
      peerDependencies: { '@automodel/core': '^1.2.0' },
    });
    expect(checkMetadata(withPlugin(plugin, whole))).toEqual([]);
  });

  it('keeps ranges and dependencies that it has', () => {
    const manifest = {
      ...short,
      dependencies: { left: '^1.0.0' },
      peerDependencies: { '@automodel/core': '^1.1.0' },
    };
    expect(completed(withPlugin(plugin), { folder, manifest })).toMatchObject(manifest);
  });

  it('is refused where it says something else, or the plugin says nothing', () => {
    const whole = completed(withPlugin(plugin), { folder, manifest: short });
    const stale = withPlugin("export default { modelTypes: ['yi'] };", whole);
    expect(checkMetadata(stale)).toEqual([
      expect.stringContaining('keywords is ["automodel",'),
      expect.stringMatching(/automodel is .*"zen".*expected .*"provides":\["yi"\]}: run npm run/),
    ]);
    expect(() => checkMetadata(withPlugin('export default {};', whole))).toThrow(
      "packages/models-yi/src/index.ts: the plugin has no list modelTypes: ['...'] to read",
    );
  });
});
