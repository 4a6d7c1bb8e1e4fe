// `npm run metadata`: writes into every published manifest what follows from the root manifest,
// above all where the repository is. Run after the root manifest's `repository`, `homepage` or
// `bugs` changed.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { publishedManifests, sharedFields } from './metadata.js';
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
];
const place = (name: string): number => (order.includes(name) ? order.indexOf(name) : order.length);

for (const { folder, manifest } of publishedManifests(repositoryRoot)) {
  const fields = Object.entries({ ...manifest, ...sharedFields(repositoryRoot, folder) }).sort(
    ([a], [b]) => place(a) - place(b),
  );
  writeFileSync(
    join(repositoryRoot, folder, 'package.json'),
    `${JSON.stringify(Object.fromEntries(fields), undefined, 2)}\n`,
  );
}
