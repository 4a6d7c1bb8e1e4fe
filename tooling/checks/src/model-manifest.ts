// The manifest of a package `models-<family>`, which says nothing that is not said elsewhere: from
// its name, version, description and the model types of its plugin everything else follows.
// `npm run metadata` writes it; a test compares.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readWorkspaces } from './workspace.js';

type Fields = Readonly<Record<string, unknown>>;

const PEERS = ['@automodel/core', '@automodel/contracts', '@automodel/nn'];
const DEVELOPMENT = [...PEERS, '@automodel/presets', '@automodel/testing'];

/** Whether a folder of the repository is that of a model family. */
export const isModelPackage = (folder: string): boolean => folder.startsWith('packages/models-');

/**
 * The model types that the plugin in `src/index.ts` names. Errors: it has no list `modelTypes` of
 * texts.
 */
export function modelTypesOf(root: string, folder: string): readonly string[] {
  const file = `${folder}/src/index.ts`;
  const text = existsSync(join(root, file)) ? readFileSync(join(root, file), 'utf8') : '';
  const [, list = ''] = /\bmodelTypes: \[([^\]]*)\]/.exec(text) ?? [];
  const types = [...list.matchAll(/'([^']+)'/g)].map(([, type]) => type!);
  if (types.length === 0)
    throw new Error(`${file}: the plugin has no list modelTypes: ['...'] to read`);
  return types;
}

/** The names of the families among the model types: `gemma3_text` is of `gemma`. */
const familiesOf = (types: readonly string[]): readonly string[] => [
  ...new Set(types.map((type) => /^[a-z]+/i.exec(type)?.[0] ?? type)),
];

/** The newest release of each peer, unless `given` already asks for a version of it. */
function peerRanges(root: string, given: Fields): Fields {
  const versions = new Map(
    readWorkspaces(root).map(({ manifest }) => [manifest.name, manifest.version]),
  );
  const needed = PEERS.map((name) => [name, `^${versions.get(name) ?? '0.0.0'}`]);
  return { ...Object.fromEntries(needed), ...given };
}

/** What a model package's manifest says besides name, version and description. */
export function modelFields(root: string, folder: string, manifest: Fields): Fields {
  const provides = modelTypesOf(root, folder);
  const { dependencies = {}, peerDependencies = {}, devDependencies = {} } = manifest;
  const development = {
    ...(devDependencies as Fields),
    ...Object.fromEntries(DEVELOPMENT.map((name) => [name, '*'])),
  };
  return {
    keywords: ['automodel', 'fine-tuning', 'hugging face', ...familiesOf(provides), 'model'],
    type: 'module',
    sideEffects: false,
    automodel: { kind: 'model', entry: '.', apiVersion: 1, provides },
    exports: {
      '.': {
        '@automodel/source': './src/index.ts',
        types: './dist/index.d.ts',
        default: './dist/index.js',
      },
      './package.json': './package.json',
    },
    files: ['dist', 'README.md', 'CHANGELOG.md', 'LICENSE'],
    publishConfig: { access: 'public', provenance: true },
    scripts: { build: 'tsup --config ../../tooling/presets/tsup.config.js' },
    dependencies,
    peerDependencies: peerRanges(root, peerDependencies as Fields),
    devDependencies: Object.fromEntries(
      Object.entries(development).sort(([a], [b]) => (a < b ? -1 : 1)),
    ),
  };
}
