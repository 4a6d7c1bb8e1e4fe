// Where the loader looks for the native library on machines that this one is not, and what it says
// where there is none.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AutomodelError } from '@automodel/core';
import { currentPlatform, libraryFile, PLATFORMS, usesMusl } from '../scripts/platforms.mjs';
import { publishedManifest } from '../scripts/platform-package.mjs';
import { packageFolder } from '../scripts/sources.mjs';
import { findLibrary, type LibrarySurroundings } from '../src/find-library.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'automodel-library-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const installed: LibrarySurroundings = {
  platform: 'linux-x64',
  named: undefined,
  built: undefined,
  folderOf: () => undefined,
};

/** What the loader says: message and hint. */
function complaint(around: Partial<LibrarySurroundings>): {
  readonly message: string;
  readonly hint: string | undefined;
} {
  try {
    return { message: `found ${findLibrary({ ...installed, ...around })}`, hint: undefined };
  } catch (error) {
    if (error instanceof AutomodelError && error.code === 'missing-file')
      return { message: error.message, hint: error.hint };
    throw error;
  }
}

describe('findLibrary', () => {
  it('takes the library of the package for the platform, and no other', () => {
    for (const platform of Object.keys(PLATFORMS)) {
      const home = join(folder, platform);
      mkdirSync(home);
      writeFileSync(join(home, libraryFile(platform)), '');
      const folderOf = (name: string): string | undefined =>
        name === `@automodel/cpu-backend-${platform}` ? home : undefined;
      expect(findLibrary({ ...installed, platform, folderOf })).toBe(
        join(home, libraryFile(platform)),
      );
    }
    expect(['win32-x64', 'darwin-arm64', 'linux-x64-musl'].map(libraryFile)).toEqual([
      'automodel-cpu-win32-x64.dll',
      'automodel-cpu-darwin-arm64.dylib',
      'automodel-cpu-linux-x64-musl.so',
    ]);
  });

  it('uses what a checkout built even where a package is installed', () => {
    const built = join(folder, 'built.so');
    writeFileSync(built, '');
    writeFileSync(join(folder, libraryFile('linux-x64')), '');
    expect(findLibrary({ ...installed, built, folderOf: () => folder })).toBe(built);
  });

  it('prefers the library that the environment names', () => {
    const named = join(folder, 'named.so');
    writeFileSync(named, '');
    expect(findLibrary({ ...installed, named, built: join(folder, 'built.so') })).toBe(named);
    expect(complaint({ named: '/none.so' })).toEqual({
      message: '/none.so: AUTOMODEL_CPU_LIBRARY names this file, which does not exist',
      hint: expect.stringContaining('npm install @automodel/cpu-backend-linux-x64@'),
    });
  });

  it('says how to get it', () => {
    expect(complaint({})).toEqual({
      message: `the CPU backend's native library for linux-x64 is not installed`,
      hint: expect.stringMatching(/^npm install @automodel\/cpu-backend-linux-x64@\d+\.\d+\.\d+$/),
    });
    expect(complaint({ platform: 'linux-x64-musl' }).hint).toMatch(
      /^npm install @automodel\/cpu-backend-linux-x64-musl@/,
    );
    expect(complaint({ built: join(folder, 'none.so') })).toEqual({
      message: `${join(folder, 'none.so')}: the native library is not built yet`,
      hint: 'npm run native (needs a C++17 compiler: g++ or clang++)',
    });
    expect(complaint({ platform: 'freebsd-x64' })).toEqual({
      message: `the CPU backend's native library for freebsd-x64 is not installed`,
      hint: expect.stringMatching(
        /^there are libraries for linux-x64, .*; elsewhere build one in a checkout/,
      ),
    });
    expect(complaint({ folderOf: () => folder }).message).toBe(
      `${join(folder, libraryFile('linux-x64'))}: @automodel/cpu-backend-linux-x64 is installed ` +
        'without its library',
    );
  });
});

describe('platforms', () => {
  it('tells musl from glibc by the report of the process', () => {
    expect(usesMusl('linux', { header: {} })).toBe(true);
    expect(usesMusl('linux', { header: { glibcVersionRuntime: '2.28' } })).toBe(false);
    expect(usesMusl('darwin', { header: {} })).toBe(false);
    expect(currentPlatform().startsWith(`${process.platform}-${process.arch}`)).toBe(true);
  });

  it('each have a manifest, of the version that the backend asks for', () => {
    const { version, optionalDependencies } = JSON.parse(
      readFileSync(join(packageFolder, 'package.json'), 'utf8'),
    ) as { version: string; optionalDependencies: Record<string, string> };
    expect(readdirSync(join(packageFolder, 'platforms')).sort()).toEqual(
      Object.keys(PLATFORMS).sort(),
    );
    expect(optionalDependencies).toEqual(
      Object.fromEntries(
        Object.keys(PLATFORMS).map((platform) => [`@automodel/cpu-backend-${platform}`, version]),
      ),
    );
  });

  it('publishes a manifest that npm installs only where it fits', () => {
    expect(publishedManifest('linux-x64-musl')).toMatchObject({
      os: ['linux'],
      cpu: ['x64'],
      libc: ['musl'],
      files: ['automodel-cpu-linux-x64-musl.so'],
      publishConfig: { access: 'public', provenance: true },
    });
    expect(publishedManifest('win32-x64')).not.toHaveProperty('libc');
    expect(publishedManifest('darwin-arm64')).not.toHaveProperty('publishConfig.directory');
  });
});
