// Compiles the native library for this machine with $CXX, c++, g++ or clang++ into native/. Does
// nothing when the library on disk was built from the same sources; a lock keeps concurrent builds
// apart. With --output FILE the library is always built and goes there; with --instruction-set NAME
// it has the kernels of that one only, which is quick to build (for AUTOMODEL_CPU_LIBRARY).
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { compileLibrary } from './native-build.mjs';
import { currentPlatform, libraryFile, platformPackageName } from './platforms.mjs';
import { libraryPath, packageFolder, sourceHash } from './sources.mjs';

const INSTALL_HINT = {
  linux: "apt-get install g++ (or your distribution's compiler package)",
  darwin: 'xcode-select --install',
  win32: 'winget install LLVM.LLVM',
};

function findCompiler() {
  const candidates = [process.env.CXX, 'c++', 'g++', 'clang++'].filter(Boolean);
  const found = candidates.find((command) => spawnSync(command, ['--version']).status === 0);
  if (found === undefined)
    throw new Error(
      `no C++ compiler found (tried ${candidates.join(', ')}): install one with ` +
        `${INSTALL_HINT[process.platform] ?? 'your package manager'}, or name it in CXX`,
    );
  return found;
}

const running = (pid) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
};

/** Waits for the lock folder; a lock whose process is gone is taken over. */
async function lock(path) {
  for (;;) {
    try {
      mkdirSync(path);
      writeFileSync(join(path, 'pid'), String(process.pid));
      process.on('exit', () => rmSync(path, { recursive: true, force: true }));
      return;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    try {
      const file = join(path, 'pid');
      const orphan = existsSync(file)
        ? !running(Number(readFileSync(file, 'utf8')))
        : Date.now() - statSync(path).mtimeMs > 10_000;
      if (orphan) rmSync(path, { recursive: true, force: true });
    } catch (error) {
      if (error.code !== 'ENOENT') throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** The library of an installed platform package, where it was built from these sources. */
function prebuiltLibrary(hash) {
  const platform = currentPlatform();
  try {
    const manifest = `${platformPackageName(platform)}/package.json`;
    const folder = dirname(createRequire(import.meta.url).resolve(manifest));
    const library = join(folder, libraryFile(platform));
    return readFileSync(library).includes(hash) ? library : undefined;
  } catch {
    return undefined; // not installed, or a workspace without its library
  }
}

/** Seconds between two lines in a log. */
const LOG_SECONDS = 8;

/** Compiles, saying how far it is: a counter on a terminal, a line every few seconds in a log. */
async function compileWithCounter(options) {
  const started = Date.now();
  const redraws = process.stderr.isTTY === true && process.env.TERM !== 'dumb';
  let [state, said] = ['', -Infinity];
  const say = () => {
    const seconds = Math.floor((Date.now() - started) / 1000);
    const line = `compiling the kernels, once: ${state}, ${seconds} s`;
    if (redraws) process.stderr.write(`\r\u001b[2K${line}`);
    else if (seconds - said >= LOG_SECONDS) {
      process.stderr.write(`${line}\n`);
      said = seconds;
    }
  };
  const timer = setInterval(say, 1000);
  try {
    await compileLibrary({
      platform: { os: process.platform, cpu: process.arch },
      objects: join(packageFolder, 'native', 'objects'),
      skipUnknown: true,
      ...options,
      onProgress: (done, total) => {
        state = `${done} of ${total} parts`;
        say();
      },
    });
  } finally {
    clearInterval(timer);
    if (redraws) process.stderr.write('\n');
  }
}

/** Builds the library when its sources changed; returns its path. */
async function build() {
  const library = libraryPath();
  const stamp = `${library}.hash`;
  const current = () =>
    existsSync(library) && existsSync(stamp) && readFileSync(stamp, 'utf8') === sourceHash();
  if (current()) return library;
  mkdirSync(join(packageFolder, 'native'), { recursive: true });
  await lock(join(packageFolder, 'native', 'lock'));
  if (current()) return library;
  const hash = sourceHash();
  const prebuilt = prebuiltLibrary(hash);
  if (prebuilt !== undefined) {
    process.stderr.write(`prebuilt kernels of ${prebuilt}: nothing to compile\n`);
    copyFileSync(prebuilt, `${library}.${process.pid}`);
    renameSync(`${library}.${process.pid}`, library);
  } else await compileWithCounter({ compiler: [findCompiler()], library, hash });
  writeFileSync(stamp, hash);
  return library;
}

/** Builds a library beside the one of this checkout; returns its path. */
async function buildTo(output, instructionSet) {
  await compileWithCounter({
    compiler: [findCompiler()],
    library: output,
    hash: sourceHash(),
    instructionSet,
  });
  return output;
}

try {
  const { values } = parseArgs({
    options: { output: { type: 'string' }, 'instruction-set': { type: 'string' } },
  });
  if (values['instruction-set'] !== undefined && values.output === undefined)
    throw new Error('--instruction-set needs --output FILE');
  const path =
    values.output === undefined
      ? await build()
      : await buildTo(values.output, values['instruction-set']);
  process.stdout.write(`${path}\n`);
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
