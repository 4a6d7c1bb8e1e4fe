// Compiles the native library for one platform with one compiler. Each instruction set is one
// translation unit with its own flags; objects are kept by content hash beside each other, so that
// a build compiles only what changed. Locking, and whether a build is needed, are up to the caller.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { dirname, join } from 'node:path';
import { hashSources, packageFolder } from './sources.mjs';

const COMMON_FLAGS = [
  '-std=c++17',
  '-O2',
  '-ffp-contract=off',
  '-fno-exceptions',
  '-fno-rtti',
  '-fno-threadsafe-statics',
  '-fvisibility=hidden',
  '-Wall',
  '-Wextra',
];
const AVX2 = ['-mavx2', '-mfma', '-mf16c'];
const AVX512 = ['-mavx512f', '-mavx512bw', '-mavx512dq', '-mavx512vl', '-mfma', '-mf16c'];
const AVX512_BF16 = [...AVX512, '-mavx512bf16'];
/** Compiler flags of each instruction set, by `process.arch`. */
export const INSTRUCTION_SETS = {
  x64: {
    baseline: [],
    avx2: AVX2,
    avx512: AVX512,
    'avx512-bf16': AVX512_BF16,
    amx: [...AVX512_BF16, '-mamx-tile', '-mamx-bf16'],
  },
  arm64: { baseline: [], neon: [] },
};
/** Sets that a process gets on some systems only, by `process.platform`. */
const SYSTEMS = { amx: ['linux'] };
/** Sets for tests: built where they are asked for by name, so that no other library has them. */
const TEST_SETS = { x64: { 'amx-emulated': AVX2 }, arm64: { 'amx-emulated': [] } };
const LINK_FLAGS = {
  linux: ['-shared', '-Wl,--as-needed', '-Wl,-z,defs', '-pthread', '-lm', '-ldl'],
  darwin: ['-dynamiclib'],
  win32: ['-shared', '-static-libgcc'],
};

const run = ([command, ...first], args) =>
  new Promise((resolve, reject) => {
    const child = spawn(command, [...first, ...args], { stdio: ['ignore', 'inherit', 'inherit'] });
    child.on('error', (error) =>
      reject(new Error(`${command} could not be started: ${error.message}`)),
    );
    child.on('exit', (code) =>
      code === 0
        ? resolve()
        : reject(new Error(`${[command, ...first, ...args].join(' ')} failed`)),
    );
  });

/** The instruction sets of a platform with their flags; `only` one of them, where given. */
function instructionSets({ os, cpu }, only) {
  const sets = Object.entries(INSTRUCTION_SETS[cpu] ?? { baseline: [] }).filter(
    ([set]) => SYSTEMS[set]?.includes(os) ?? true,
  );
  if (only === undefined) return sets;
  const all = [...sets, ...Object.entries(TEST_SETS[cpu] ?? {})];
  const found = all.filter(([set]) => set === only);
  if (found.length > 0) return found;
  const names = all.map(([set]) => set).join(', ');
  throw new Error(`${os} on ${cpu} has no instruction set ${only}: name one of ${names}`);
}

/** Whether the compiler has the flags of a set: older ones know fewer instructions. */
const knows = ([command, ...first], flags) =>
  spawnSync(command, [...first, ...flags, '-fsyntax-only', '-x', 'c++', '-'], {
    input: '',
    stdio: ['pipe', 'ignore', 'ignore'],
  }).status === 0;

/** The sets to build: without those that the compiler cannot, where that is allowed. */
function chosenSets(compiler, platform, only, skipUnknown) {
  const sets = instructionSets(platform, only);
  if (!skipUnknown || only !== undefined) return sets;
  const known = sets.filter(([, flags]) => flags.length === 0 || knows(compiler, flags));
  const missing = sets.filter((set) => !known.includes(set)).map(([set]) => set);
  if (missing.length > 0)
    process.stderr.write(`${compiler.join(' ')} is too old for ${missing.join(', ')}: left out\n`);
  return known;
}

/** The translation units: name, source, flags. */
function translationUnits({ os }, hash, sets) {
  const common = os === 'win32' ? COMMON_FLAGS : [...COMMON_FLAGS, '-fPIC'];
  const defines = sets.map(
    ([set]) => `-DAUTOMODEL_HAS_${set.toUpperCase().replaceAll('-', '_')}=1`,
  );
  const kernels = sets.map(([set, flags]) => ({
    name: set,
    source: `kernels/instruction-set/${set}.cpp`,
    flags: [...common, ...flags],
    folders: ['kernels'],
    words: [],
  }));
  const runtime = readdirSync(join(packageFolder, 'runtime'))
    .filter((file) => file.endsWith('.cpp'))
    .map((file) => ({
      name: `runtime-${file.slice(0, -4)}`,
      source: `runtime/${file}`,
      flags: [
        ...common,
        ...(file === 'dispatch.cpp' ? defines : []),
        ...(file === 'abi.cpp' ? [`-DAUTOMODEL_SOURCE_HASH="${hash}"`] : []),
      ],
      folders: ['runtime'],
      words: [
        ...['kernel.h', 'group.h'].map((header) =>
          readFileSync(join(packageFolder, 'kernels', header), 'utf8'),
        ),
        ...(file === 'memory.cpp'
          ? ['prelude.h', 'vector/storage.h'].map((header) =>
              readFileSync(join(packageFolder, 'kernels', header), 'utf8'),
            )
          : []),
      ],
    }));
  return [...kernels, ...runtime];
}

async function compile(compiler, unit, objects) {
  const words = [...compiler, unit.source, ...unit.flags, ...unit.words];
  const object = join(objects, `${unit.name}-${hashSources(unit.folders, words)}.o`);
  if (!existsSync(object)) {
    for (const old of readdirSync(objects).filter(
      (file) => file.replace(/-[0-9a-f]{16}\.o$/, '') === unit.name,
    ))
      rmSync(join(objects, old));
    const temporary = `${object}.${process.pid}`;
    await run(compiler, [...unit.flags, '-c', join(packageFolder, unit.source), '-o', temporary]);
    renameSync(temporary, object);
  }
  return object;
}

/**
 * Builds `library` for a platform of platforms.mjs (os, cpu) with `compiler`, a command and its
 * first arguments; `hash` is what the loader asks the library for. Rejects with the command that
 * failed. With `instructionSet` the library has the kernels of that one only; with `skipUnknown` it
 * lacks the sets whose instructions the compiler does not know.
 * @param {{ compiler: readonly string[], platform: { os: string, cpu: string }, objects: string,
 * library: string, hash: string, linkFlags?: readonly string[], instructionSet?: string,
 * skipUnknown?: boolean, onProgress?: (done: number, total: number) => void }} options
 * `onProgress`: parts compiled.
 */
export async function compileLibrary({
  compiler,
  platform,
  objects,
  library,
  hash,
  linkFlags = [],
  instructionSet,
  skipUnknown = false,
  onProgress = () => undefined,
}) {
  mkdirSync(objects, { recursive: true });
  mkdirSync(dirname(library), { recursive: true });
  const sets = chosenSets(compiler, platform, instructionSet, skipUnknown);
  const units = translationUnits(platform, hash, sets);
  const done = new Array(units.length);
  let [next, finished] = [0, 0];
  onProgress(0, units.length);
  const worker = async () => {
    for (let i = next++; i < units.length; i = next++) {
      done[i] = await compile(compiler, units[i], objects);
      onProgress(++finished, units.length);
    }
  };
  await Promise.all(
    Array.from({ length: Math.max(2, Math.min(8, availableParallelism())) }, worker),
  );
  const temporary = `${library}.${process.pid}`;
  await run(compiler, [
    ...done,
    '-o',
    temporary,
    ...(LINK_FLAGS[platform.os] ?? LINK_FLAGS.linux),
    ...linkFlags,
  ]);
  renameSync(temporary, library);
}
