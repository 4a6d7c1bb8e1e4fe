// Compiles the native library for this machine with $CXX, c++, g++ or clang++ into native/. Does nothing when the library on disk was built from the same sources.
// Each instruction set is one translation unit with its own flags; objects are kept by content hash, and a lock keeps concurrent builds apart.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { hashSources, libraryPath, packageFolder, sourceHash } from './sources.mjs';

const COMMON_FLAGS = ['-std=c++17', '-O2', '-fPIC', '-ffp-contract=off', '-fno-exceptions', '-fno-rtti', '-fno-threadsafe-statics', '-fvisibility=hidden', '-Wall', '-Wextra'];
const AVX2 = ['-mavx2', '-mfma', '-mf16c'];
const AVX512 = ['-mavx512f', '-mavx512bw', '-mavx512dq', '-mavx512vl', '-mfma', '-mf16c'];
const INSTRUCTION_SETS = {
  x64: { baseline: [], avx2: AVX2, avx512: AVX512, 'avx512-bf16': [...AVX512, '-mavx512bf16'] },
  arm64: { baseline: [], neon: [] },
};
const LINK_FLAGS = { linux: ['-shared', '-Wl,--as-needed', '-Wl,-z,defs', '-pthread', '-lm'], darwin: ['-dynamiclib'], win32: ['-shared', '-static-libgcc'] };
const INSTALL_HINT = { linux: 'apt-get install g++ (or your distribution\'s compiler package)', darwin: 'xcode-select --install', win32: 'winget install LLVM.LLVM' };

/** Prints one line and ends the build. */
function fail(message) {
  process.stderr.write(`${message}\n`);
  process.exit(1);
}

function findCompiler() {
  const candidates = [process.env.CXX, 'c++', 'g++', 'clang++'].filter(Boolean);
  const found = candidates.find((command) => spawnSync(command, ['--version']).status === 0);
  return found ?? fail(`no C++ compiler found (tried ${candidates.join(', ')}): install one with ${INSTALL_HINT[process.platform] ?? 'your package manager'}, or name it in CXX`);
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
      const orphan = existsSync(file) ? !running(Number(readFileSync(file, 'utf8'))) : Date.now() - statSync(path).mtimeMs > 10_000;
      if (orphan) rmSync(path, { recursive: true, force: true });
    } catch (error) {
      if (error.code !== 'ENOENT') throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const run = (command, args) =>
  new Promise((resolve) => {
    const child = spawn(command, args, { stdio: ['ignore', 'inherit', 'inherit'] });
    child.on('error', (error) => fail(`${command} could not be started: ${error.message}`));
    child.on('exit', (code) => (code === 0 ? resolve() : fail(`${command} ${args.join(' ')} failed`)));
  });

/** The translation units: name, source, flags. */
function translationUnits(hash) {
  const sets = INSTRUCTION_SETS[process.arch] ?? { baseline: [] };
  const defines = Object.keys(sets).map((set) => `-DAUTOMODEL_HAS_${set.toUpperCase().replaceAll('-', '_')}=1`);
  const kernels = Object.entries(sets).map(([set, flags]) => ({ name: set, source: `kernels/instruction-set/${set}.cpp`, flags, folders: ['kernels'] }));
  const runtime = readdirSync(join(packageFolder, 'runtime')).filter((file) => file.endsWith('.cpp')).map((file) => ({
    name: `runtime-${file.slice(0, -4)}`,
    source: `runtime/${file}`,
    flags: [...defines, ...(file === 'abi.cpp' ? [`-DAUTOMODEL_SOURCE_HASH="${hash}"`] : [])],
    folders: ['runtime'],
    words: [readFileSync(join(packageFolder, 'kernels/kernel.h'), 'utf8')],
  }));
  return [...kernels, ...runtime];
}

async function compile(compiler, unit, objects) {
  const flags = [...COMMON_FLAGS, ...unit.flags];
  const object = join(objects, `${unit.name}-${hashSources(unit.folders, [compiler, unit.source, ...flags, ...(unit.words ?? [])])}.o`);
  if (!existsSync(object)) {
    for (const old of readdirSync(objects).filter((file) => file.replace(/-[0-9a-f]{16}\.o$/, '') === unit.name)) rmSync(join(objects, old));
    const temporary = `${object}.${process.pid}`;
    await run(compiler, [...flags, '-c', join(packageFolder, unit.source), '-o', temporary]);
    renameSync(temporary, object);
  }
  return object;
}

/** Builds the library when its sources changed; returns its path. */
async function build() {
  const library = libraryPath();
  const objects = join(packageFolder, 'native', 'objects');
  const stamp = `${library}.hash`;
  const current = () => existsSync(library) && existsSync(stamp) && readFileSync(stamp, 'utf8') === sourceHash();
  if (current()) return library;
  const compiler = findCompiler();
  mkdirSync(objects, { recursive: true });
  await lock(join(packageFolder, 'native', 'lock'));
  if (current()) return library;
  const hash = sourceHash();
  const units = translationUnits(hash);
  const done = new Array(units.length);
  let next = 0;
  const worker = async () => {
    for (let i = next++; i < units.length; i = next++) done[i] = await compile(compiler, units[i], objects);
  };
  await Promise.all(Array.from({ length: Math.max(2, Math.min(8, availableParallelism())) }, worker));
  const temporary = `${library}.${process.pid}`;
  await run(compiler, [...done, '-o', temporary, ...(LINK_FLAGS[process.platform] ?? LINK_FLAGS.linux)]);
  renameSync(temporary, library);
  writeFileSync(stamp, hash);
  return library;
}

process.stdout.write(`${await build()}\n`);
