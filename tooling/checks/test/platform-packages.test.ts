// What a platform's package must be before it is published: complete, of this version, built for
// its platform from these sources, and content with the C library of an old system. The libraries
// here are made of a header and the strings that matter.
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { layOutPackage } from '../../../packages/cpu-backend/scripts/platform-package.mjs';
import { libraryFile, PLATFORMS } from '../../../packages/cpu-backend/scripts/platforms.mjs';
import { sourceHash } from '../../../packages/cpu-backend/scripts/sources.mjs';
import { checkLibrary } from '../../zig/check-library.mjs';
import { checkPlatformPackages } from '../../zig/check-release.mjs';
import { fakeTree } from './fake-tree.js';

const hash = sourceHash() ?? '';
const NEEDED: Readonly<Record<string, string>> = {
  'linux-x64-musl': 'libc.so',
  darwin: '/usr/lib/libSystem.B.dylib',
  win32: 'KERNEL32.dll',
};

/** The first bytes of a library: enough to know the format and the processor. */
function header(platform: string): Buffer {
  const bytes = Buffer.alloc(256);
  const [os, cpu] = platform.split('-');
  if (os === 'linux') {
    bytes.writeUInt32BE(0x7f454c46, 0);
    bytes.writeUInt16LE(cpu === 'x64' ? 0x3e : 0xb7, 18);
  } else if (os === 'darwin') {
    bytes.writeUInt32LE(0xfeedfacf, 0);
    bytes.writeUInt32LE(cpu === 'x64' ? 0x01000007 : 0x0100000c, 4);
  } else {
    bytes.write('MZ');
    bytes.writeUInt32LE(128, 0x3c);
    bytes.writeUInt16LE(0x8664, 132);
  }
  return bytes;
}

function writeLibrary(
  path: string,
  platform: string,
  { made = platform, strings = [] as readonly string[], of = hash } = {},
): string {
  mkdirSync(dirname(path), { recursive: true });
  const needed = NEEDED[platform] ?? NEEDED[platform.split('-')[0] ?? ''] ?? 'libc.so.6';
  writeFileSync(
    path,
    Buffer.concat([
      header(made),
      Buffer.from(`\0${[needed, 'automodel_program_run', of, ...strings].join('\0')}\0`),
    ]),
  );
  return path;
}

describe('checkLibrary', () => {
  const check = (
    platform: string,
    options: Parameters<typeof writeLibrary>[2] = {},
  ): readonly string[] =>
    checkLibrary(
      writeLibrary(join(fakeTree({}), libraryFile(platform)), platform, options),
      platform,
      hash,
    );

  it.each(Object.keys(PLATFORMS))('accepts one for %s', (platform) => {
    expect(check(platform)).toEqual([]);
  });

  it('refuses one of another processor, of other sources or of no known format', () => {
    expect(check('linux-arm64', { made: 'linux-x64' })).toEqual(['made for x64, not for arm64']);
    expect(check('darwin-x64', { made: 'darwin-arm64' })).toEqual(['made for arm64, not for x64']);
    expect(check('win32-x64', { of: '0123456789abcdef' })).toEqual([
      `not built from these sources (${hash})`,
    ]);
    expect(
      checkLibrary(join(fakeTree({ 'a.so': 'x'.repeat(64) }), 'a.so'), 'linux-x64', hash),
    ).toEqual([
      'made for an unknown processor, not for x64',
      `not built from these sources (${hash})`,
      'does not export automodel_program_run',
      'names no C library that it needs',
    ]);
  });

  it('refuses one that asks for more than the system has', () => {
    expect(check('linux-x64', { strings: ['GLIBC_2.17', 'GLIBC_2.28'] })).toEqual([]);
    expect(check('linux-x64', { strings: ['GLIBC_2.17', 'GLIBC_2.29'] })).toEqual([
      'needs glibc 2.29, newer than 2.28',
    ]);
    expect(check('linux-arm64', { strings: ['libstdc++.so.6'] })).toEqual(['needs libstdc++.so.6']);
    expect(check('darwin-arm64', { strings: ['/usr/lib/libc++.1.dylib'] })).toEqual([
      'needs /usr/lib/libc++.1.dylib',
    ]);
    expect(check('win32-x64', { strings: ['libgcc_s_seh-1.dll'] })).toEqual([
      'needs libgcc_s_seh-1.dll',
    ]);
  });
});

describe('checkPlatformPackages', () => {
  it('accepts complete packages, and names each that is missing, stale or of other sources', () => {
    const root = fakeTree({});
    const folderOf = (platform: string): string => join(root, 'packages', platform);
    for (const platform of Object.keys(PLATFORMS))
      layOutPackage(
        platform,
        writeLibrary(join(root, 'built', platform), platform),
        folderOf(platform),
      );
    expect(checkPlatformPackages(folderOf)).toEqual([]);

    writeFileSync(
      join(folderOf('linux-x64'), 'package.json'),
      '{"name":"@automodel/cpu-backend-linux-x64","version":"0.9.0"}',
    );
    writeLibrary(join(folderOf('win32-x64'), libraryFile('win32-x64')), 'win32-x64', {
      of: '0123456789abcdef',
    });
    layOutPackage('darwin-x64', undefined, folderOf('darwin-x64'));
    expect(checkPlatformPackages(folderOf)).toEqual([
      expect.stringContaining(
        'linux-x64/package.json is not what platforms/linux-x64 says now: ' +
          'node tooling/zig/build.mjs linux-x64',
      ),
      expect.stringMatching(
        /automodel-cpu-darwin-x64\.dylib is missing: node tooling\/zig\/build\.mjs darwin-x64$/,
      ),
      expect.stringMatching(
        /win32-x64\.dll: not built from these sources \(.*\): node \S+build\.mjs win32-x64$/,
      ),
    ]);
  });
});
