// Processes that share a model compute with instructions that all of them have.
import type { BackendOptions, HostGroup } from '@automodel/contracts';
import { mirroredHost, referenceBackend, referenceTarget } from '@automodel/testing';
import { expect, test } from 'vitest';
import { openBackend, PluginRegistry } from '../src/index.js';

const chosen = async (own: string[], other: string[]): Promise<BackendOptions> => {
  let options: BackendOptions = {};
  const registry = new PluginRegistry({
    discovered: [],
    given: [
      {
        kind: 'backend-plugin',
        apiVersion: 1,
        name: 'spy',
        instructionSets: () => own,
        create: (given) => {
          options = given;
          return referenceBackend();
        },
        target: () => referenceTarget(),
      },
    ],
  });
  const host: HostGroup = {
    ...mirroredHost({ size: 2, rank: 0 }),
    exchange: (text) => Promise.resolve([text, JSON.stringify(other)]),
  };
  await openBackend(registry, { name: 'spy', threads: 3 }, host);
  return options;
};

test('the best that all have is used, and the threads asked for', async () => {
  expect(await chosen(['avx512', 'avx2', 'plain'], ['avx2', 'plain'])).toEqual({
    threads: 3,
    instructionSet: 'avx2',
  });
});

test('processes without a common one are refused, each with what it has', async () => {
  await expect(chosen(['avx2'], ['neon', 'plain'])).rejects.toThrow(
    'no instruction set of backend spy in common: rank 0 has avx2; rank 1 has neon, plain',
  );
});
