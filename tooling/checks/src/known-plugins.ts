// The plugins of this project, as data that `@automodel/run` can read without any of them being
// installed. They follow from the manifests: `npm run metadata` writes the file, a test compares.
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { publishedManifests } from './metadata.js';

/** Where it is written, from the root of the repository. */
export const KNOWN_PLUGINS = 'packages/run/src/plugins/known-plugins.ts';

/** The text of the file. */
export async function knownPluginsText(root: string): Promise<string> {
  const entries = publishedManifests(root).flatMap(({ manifest }) => {
    const plugin = manifest['automodel'] as { kind: string; provides: string[] } | undefined;
    return plugin === undefined
      ? []
      : [{ package: manifest['name'], kind: plugin.kind, provides: plugin.provides }];
  });
  const options = await resolveConfig(join(root, KNOWN_PLUGINS));
  return format(
    `// Written by \`npm run metadata\` from the manifests of this repository.
import type { KnownPlugin } from './known-plugin.js';

/** Packages of this project that can be installed. */
export const KNOWN_PLUGINS: readonly KnownPlugin[] = ${JSON.stringify(entries)};
`,
    { ...options, filepath: KNOWN_PLUGINS },
  );
}
