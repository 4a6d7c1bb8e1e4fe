// Refuses a release that users could not install: a platform's package that is missing, of another
// version or of other sources than the CPU backend beside it, or manifests that do not say where
// they come from.
// usage: node tooling/zig/check-release.mjs, before `changeset publish`. Prints one line a problem.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import {
  publishedFolder,
  publishedManifest,
} from '../../packages/cpu-backend/scripts/platform-package.mjs';
import { libraryFile, PLATFORMS } from '../../packages/cpu-backend/scripts/platforms.mjs';
import { packageFolder, sourceHash } from '../../packages/cpu-backend/scripts/sources.mjs';
import { checkLibrary } from './check-library.mjs';

const BUILD = 'node tooling/zig/build.mjs';

export function checkPlatformPackages(folderOf = publishedFolder) {
  return Object.keys(PLATFORMS).flatMap((platform) => {
    const [manifest, library] = ['package.json', libraryFile(platform)].map((name) =>
      join(folderOf(platform), name),
    );
    const missing = [manifest, library].filter((path) => !existsSync(path));
    if (missing.length > 0)
      return missing.map((path) => `${path} is missing: ${BUILD} ${platform}`);
    const stale = isDeepStrictEqual(
      JSON.parse(readFileSync(manifest, 'utf8')),
      publishedManifest(platform),
    )
      ? []
      : [`${manifest} is not what platforms/${platform} says now: ${BUILD} ${platform}`];
    return [
      ...stale,
      ...checkLibrary(library, platform, sourceHash()).map(
        (problem) => `${library}: ${problem}: ${BUILD} ${platform}`,
      ),
    ];
  });
}

function checkRepository() {
  const { repository } = JSON.parse(
    readFileSync(join(packageFolder, '../../package.json'), 'utf8'),
  );
  return repository === undefined
    ? [
        'package.json names no repository, which provenance needs: npm pkg set ' +
          'repository.type=git repository.url=..., then npm run metadata',
      ]
    : [];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const problems = [...checkRepository(), ...checkPlatformPackages()];
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  process.exitCode = problems.length === 0 ? 0 : 1;
}
