// Where the native library is, and what to do if it is missing: a checkout uses the library that it
// built, an installed package that of the platform's package. $AUTOMODEL_CPU_LIBRARY names another
// one for both. Facts about the machine come in as an argument, so that every case can be tried on
// any machine.
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { AutomodelError } from '@automodel/core';
import {
  currentPlatform,
  libraryFile,
  platformPackageName,
  PLATFORMS,
} from '../scripts/platforms.mjs';
import { libraryPath, sourceHash } from '../scripts/sources.mjs';
import { VERSION } from './version.js';

/** The facts that decide where the library is. */
export interface LibrarySurroundings {
  /** `<process.platform>-<process.arch>`, with `-musl` on musl. */
  readonly platform: string;
  /** $AUTOMODEL_CPU_LIBRARY. */
  readonly named: string | undefined;
  /** Path that `npm run native` builds to; undefined outside a checkout. */
  readonly built: string | undefined;
  /** Folder of an installed package; undefined where it is not installed. */
  folderOf(packageName: string): string | undefined;
}

/** This process, this installation. */
export function surroundings(): LibrarySurroundings {
  return {
    platform: currentPlatform(),
    named: process.env['AUTOMODEL_CPU_LIBRARY'],
    built: sourceHash() === undefined ? undefined : libraryPath(),
    folderOf: (packageName) => {
      try {
        return dirname(createRequire(import.meta.url).resolve(`${packageName}/package.json`));
      } catch {
        return undefined;
      }
    },
  };
}

/**
 * What to do about a missing or wrong library: build it where the sources are, install it
 * elsewhere.
 */
export function remedy(around: LibrarySurroundings = surroundings()): string {
  if (around.built !== undefined) return 'npm run native';
  if (around.platform in PLATFORMS)
    return `npm install ${platformPackageName(around.platform)}@${VERSION}`;
  return (
    `there are libraries for ${Object.keys(PLATFORMS).join(', ')}; elsewhere build one in a ` +
    'checkout with npm run native, and name it in AUTOMODEL_CPU_LIBRARY'
  );
}

/** Path of the library to load. Errors: `missing-file`, saying how to get it. */
export function findLibrary(around: LibrarySurroundings = surroundings()): string {
  const { platform, named, built } = around;
  if (named !== undefined && named !== '') {
    if (existsSync(named)) return named;
    throw new AutomodelError(
      'missing-file',
      'AUTOMODEL_CPU_LIBRARY names this file, which does not exist',
      { location: named, hint: `name a library, or unset the variable and run: ${remedy(around)}` },
    );
  }
  if (built !== undefined) {
    if (existsSync(built)) return built;
    throw new AutomodelError('missing-file', 'the native library is not built yet', {
      location: built,
      hint: `${remedy(around)} (needs a C++17 compiler: g++ or clang++)`,
    });
  }
  const packageName = platformPackageName(platform);
  const folder = around.folderOf(packageName);
  if (folder === undefined)
    throw new AutomodelError(
      'missing-file',
      `the CPU backend's native library for ${platform} is not installed`,
      { hint: remedy(around) },
    );
  const path = join(folder, libraryFile(platform));
  if (existsSync(path)) return path;
  throw new AutomodelError('missing-file', `${packageName} is installed without its library`, {
    location: path,
    hint: remedy(around),
  });
}
