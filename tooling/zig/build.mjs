// Cross-compiles the native library of @automodel/cpu-backend with Zig's clang for every platform
// it is published for, or for those named, checks what each asks of its system, and lays out the
// packages that are published. usage: node build.mjs [PLATFORM...]. Installs Zig beside this file
// on the first call (395 MB).
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { compileLibrary } from '../../packages/cpu-backend/scripts/native-build.mjs';
import { layOutPackage } from '../../packages/cpu-backend/scripts/platform-package.mjs';
import { libraryFile, PLATFORMS } from '../../packages/cpu-backend/scripts/platforms.mjs';
import { sourceHash } from '../../packages/cpu-backend/scripts/sources.mjs';
import { checkLibrary } from './check-library.mjs';

const here = fileURLToPath(new URL('.', import.meta.url));
const zig = join(here, 'node_modules/.bin/zig');

/**
 * The oldest systems that a library loads on: glibc 2.28 (2018) and the first macOS of each
 * processor that Node 20 runs on.
 */
const TARGETS = {
  'linux-x64': 'x86_64-linux-gnu.2.28',
  'linux-arm64': 'aarch64-linux-gnu.2.28',
  'linux-x64-musl': 'x86_64-linux-musl',
  'darwin-arm64': 'aarch64-macos.11.0',
  'darwin-x64': 'x86_64-macos.10.15',
  'win32-x64': 'x86_64-windows-gnu',
};

function installZig() {
  if (existsSync(zig)) return;
  const { status } = spawnSync('npm', ['ci', '--ignore-scripts'], {
    cwd: here,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (status !== 0) throw new Error(`npm ci in ${here} failed`);
}

/** Caches stay in node_modules, so that removing it removes everything. */
const useCaches = () => {
  process.env['ZIG_GLOBAL_CACHE_DIR'] ??= join(here, 'node_modules/.cache/zig');
  process.env['ZIG_LOCAL_CACHE_DIR'] ??= process.env['ZIG_GLOBAL_CACHE_DIR'];
};

async function build(platform) {
  const folder = join(here, 'build', platform);
  const library = join(folder, libraryFile(platform));
  const hash = sourceHash();
  const objects = join(folder, 'objects');
  const linkFlags =
    PLATFORMS[platform].os === 'win32'
      ? ['-s', `-Wl,--out-implib,${join(objects, 'import.lib')}`]
      : ['-s'];
  await compileLibrary({
    compiler: [zig, 'cc', '-target', TARGETS[platform]],
    platform: PLATFORMS[platform],
    objects,
    library,
    hash,
    linkFlags,
  });
  const problems = checkLibrary(library, platform, hash);
  if (problems.length > 0)
    throw new Error(problems.map((problem) => `${library}: ${problem}`).join('\n'));
  process.stdout.write(`${layOutPackage(platform, library)}\n`);
}

const chosen = process.argv.length > 2 ? process.argv.slice(2) : Object.keys(PLATFORMS);
try {
  const unknown = chosen.filter((platform) => !(platform in PLATFORMS));
  if (unknown.length > 0)
    throw new Error(
      `no platform ${unknown.join(', ')}: there are ${Object.keys(PLATFORMS).join(', ')}`,
    );
  installZig();
  useCaches();
  for (const platform of chosen) await build(platform);
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
