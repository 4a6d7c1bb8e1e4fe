// A process of the tests of engines.
import { engineConformance } from '@automodel/testing';
import type { RankAxis } from '@automodel/core';
import { createCpuBackend } from '../../src/cpu-backend.js';
import { serveRank } from './serve-rank.js';

interface Suite {
  readonly engine: string;
  readonly axes: readonly RankAxis[];
  readonly threads: number;
}

serveRank({
  conformance: async ({ engine, axes, threads }: Suite, { host }) => {
    const backend = createCpuBackend({ threads });
    try {
      await engineConformance({ backend, engine, host, axes });
    } finally {
      await backend.close();
    }
  },
});
