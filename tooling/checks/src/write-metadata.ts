// `npm run metadata`: writes into every published manifest what follows from the root manifest,
// above all where the repository is, and completes the manifests of model packages. Run after the
// root manifest's `repository`, `homepage` or `bugs` changed, and for a new package. The list of
// plugins that could be installed follows from the manifests.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { KNOWN_PLUGINS, knownPluginsText } from './known-plugins.js';
import { completed, publishedManifests } from './metadata.js';
import { repositoryRoot } from './workspace.js';

const order = [
  'name',
  'version',
  'description',
  'keywords',
  'license',
  'repository',
  'homepage',
  'bugs',
  'type',
  'engines',
  'sideEffects',
  'automodel',
];
const place = (name: string): number => (order.includes(name) ? order.indexOf(name) : order.length);

for (const published of publishedManifests(repositoryRoot)) {
  const fields = Object.entries(completed(repositoryRoot, published)).sort(
    ([a], [b]) => place(a) - place(b),
  );
  writeFileSync(
    join(repositoryRoot, published.folder, 'package.json'),
    `${JSON.stringify(Object.fromEntries(fields), undefined, 2)}\n`,
  );
}

writeFileSync(join(repositoryRoot, KNOWN_PLUGINS), await knownPluginsText(repositoryRoot));
