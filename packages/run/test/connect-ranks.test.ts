// Which engine a run uses: what a recipe may name, whatever the backend, and what a backend has.
import { expect, test } from 'vitest';
import { ENGINES } from '@automodel/contracts';
import cpu from '@automodel/cpu-backend';
import { engineNotes, engineOf } from '../src/open/connect-ranks.js';

const CPU = { name: 'cpu', engines: ['shared-memory', 'mpi'] };
/** As a backend for NVIDIA GPUs will be. */
const GPU = { name: 'gpu', engines: ['nccl'] };

test.each([
  [null, CPU, 'shared-memory'],
  ['mpi', CPU, 'mpi'],
  ['nccl', CPU, 'shared-memory'],
  ['gloo', CPU, 'shared-memory'],
  [null, GPU, 'nccl'],
  ['nccl', GPU, 'nccl'],
  ['gloo', GPU, 'nccl'],
])('%s on %o is %s', (wanted, backend, engine) => {
  expect(engineOf(wanted, backend)).toBe(engine);
});

test('an engine that a backend does not have is refused, naming those it has', () => {
  expect(() => engineOf('mpi', GPU)).toThrow('backend gpu has no engine mpi');
  expect(() => engineOf('ncll', CPU)).toThrow(
    expect.objectContaining({
      location: 'dist_env.backend',
      hint: 'set it to shared-memory or mpi, or leave it out',
    }),
  );
  expect(() => engineOf('nccl', { name: 'alone' })).toThrow('runs in one process only');
});

test('a run says that it uses another engine than the recipe names', () => {
  expect(engineNotes('nccl', CPU, { size: 2 })).toEqual([
    'dist_env.backend nccl is not for this backend: shared-memory is used.',
  ]);
  expect(engineNotes('mpi', CPU, { size: 2 })).toEqual([]);
  expect(engineNotes(null, CPU, { size: 2 })).toEqual([]);
  expect(engineNotes('nccl', { name: 'alone' }, { size: 1 })).toEqual([]);
});

test('the engines of the CPU are declared, and nccl is none of them', async () => {
  const backend = cpu.create({ threads: 1 });
  expect(ENGINES).toEqual(expect.arrayContaining([...backend.engines!]));
  expect(backend.engines).not.toContain('nccl');
  await backend.close();
});
