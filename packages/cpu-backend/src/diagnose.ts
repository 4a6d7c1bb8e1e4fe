// What `automodel doctor` says about this backend: the library, why it was chosen, and the
// instruction sets. It must work especially where the library does not.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import type { Diagnosis } from '@automodel/contracts';
import { AutomodelError } from '@automodel/core';
import { surroundings } from './find-library.js';
import { loadLibrary } from './library.js';
import { instructionSets } from './native-pool.js';

const COMPILERS = ['c++', 'g++', 'clang++'];

function failed(name: string, error: unknown): Diagnosis {
  return {
    name,
    level: 'fail',
    text: error instanceof Error ? error.message : String(error),
    hint: error instanceof AutomodelError ? error.hint : undefined,
  };
}

/** The compiler that a build needs; nothing where no build is needed. */
function compiler(): Diagnosis[] {
  const { built, named } = surroundings();
  if (built === undefined || existsSync(built) || (named ?? '') !== '') return [];
  const found = [process.env['CXX'] ?? '', ...COMPILERS].find(
    (name) =>
      name !== '' &&
      spawnSync(name, ['--version'], { stdio: 'ignore', timeout: 5000 }).status === 0,
  );
  return [
    found === undefined
      ? {
          name: 'C++ compiler',
          level: 'fail',
          text: 'none found, and the native library is not built',
          hint: 'install g++ or clang++, then npm run native',
        }
      : { name: 'C++ compiler', level: 'ok', text: found },
  ];
}

/** Never throws. */
export function diagnose(): readonly Diagnosis[] {
  const found: Diagnosis[] = compiler();
  try {
    const { path, identity } = loadLibrary();
    found.push({
      name: 'native library',
      level: 'ok',
      text: `${path} (interface ${identity.version}, sources ${identity.hash})`,
    });
  } catch (error) {
    return [...found, failed('native library', error)];
  }
  const wanted = process.env['AUTOMODEL_CPU_ISA'] ?? '';
  const sets = instructionSets();
  const used = wanted === '' ? sets[0]! : wanted;
  const missing = !sets.includes(used);
  found.push({
    name: 'instruction sets',
    level: missing ? 'fail' : 'ok',
    text: `${sets.join(', ')}; used: ${used}${wanted === '' ? '' : ' (AUTOMODEL_CPU_ISA)'}`,
    ...(missing ? { hint: 'unset AUTOMODEL_CPU_ISA, or name one of them' } : {}),
  });
  return found;
}
