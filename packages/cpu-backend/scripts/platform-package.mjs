// Lays out the folder that is published as a platform's package: its manifest from platforms/<name>
// with what npm matches the platform by, the library, the licence and a README. The manifest in the
// repository has no `os`, `cpu` and `libc`, because npm refuses to install a workspace of another
// platform.
// usage: node scripts/platform-package.mjs [LIBRARY], for this machine's platform; by default the
// library of `npm run native`. `tooling/zig` makes the ones that are published.
import { copyFileSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { currentPlatform, libraryFile, PLATFORMS } from './platforms.mjs';
import { libraryPath, packageFolder } from './sources.mjs';

/** What `publishConfig.directory` names in the manifests of platforms/. */
const PUBLISHED_FOLDER = 'package';

/** Folder that is published for a platform. */
export const publishedFolder = (platform) =>
  join(packageFolder, 'platforms', platform, PUBLISHED_FOLDER);

/** The manifest that is published for a platform, from the one in the repository. */
export function publishedManifest(platform) {
  const { publishConfig, ...fields } = JSON.parse(
    readFileSync(join(packageFolder, 'platforms', platform, 'package.json'), 'utf8'),
  );
  const { directory, ...access } = publishConfig;
  if (directory !== PUBLISHED_FOLDER)
    throw new Error(
      `platforms/${platform}/package.json: publishConfig.directory must be ${PUBLISHED_FOLDER}`,
    );
  const { os, cpu, libc } = PLATFORMS[platform];
  return {
    ...fields,
    os: [os],
    cpu: [cpu],
    ...(libc === undefined ? {} : { libc: [libc] }),
    files: [libraryFile(platform)],
    publishConfig: access,
  };
}

/**
 * Writes a platform's package with `library` (undefined: without one, for tests of what npm
 * chooses) into `folder`; returns the folder.
 */
export function layOutPackage(platform, library, folder = publishedFolder(platform)) {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  if (library !== undefined) copyFileSync(library, join(folder, libraryFile(platform)));
  copyFileSync(join(packageFolder, '../../LICENSE'), join(folder, 'LICENSE'));
  copyFileSync(join(packageFolder, 'platforms', platform, 'README.md'), join(folder, 'README.md'));
  writeFileSync(
    join(folder, 'package.json'),
    `${JSON.stringify(publishedManifest(platform), undefined, 2)}\n`,
  );
  return folder;
}

function main([library = libraryPath()]) {
  const platform = currentPlatform();
  if (!(platform in PLATFORMS))
    throw new Error(
      `there is no package for ${platform}: there are ${Object.keys(PLATFORMS).join(', ')}`,
    );
  if (!existsSync(library)) throw new Error(`${library} is missing: run npm run native first`);
  process.stdout.write(`${layOutPackage(platform, library)}\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  try {
    main(process.argv.slice(2));
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}
