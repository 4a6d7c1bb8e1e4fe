// The engine shared-memory over real processes: what it computes, what it refuses, and how ranks
// end that others have left.
import { expect, test } from 'vitest';
import { startRanks } from './ranks/start-ranks.js';

test.each([{ shards: 2 }, { shards: 3 }, { copies: 2, shards: 2 }])(
  'gives the bits of the reference, scans to the end, and says where memory is lacking: %j',
  async (sizes) => {
    for (const [cases, scan, memory] of await startRanks('cases scan memory', sizes)) {
      expect(cases).toEqual(expect.arrayContaining([expect.stringMatching(/^a chain over/)]));
      expect((cases as string[]).filter((text) => text.includes('differs'))).toEqual([]);
      expect(scan).toMatchObject({ nonFinite: { step: 0, element: 0 } });
      expect(memory).toEqual({ error: expect.stringContaining('everything: 1125899906842624') });
    }
  },
);

test('ranks with different programs are refused, all of them', async () => {
  for (const [said] of await startRanks('plans', { shards: 2 }))
    expect(said).toEqual({ error: expect.stringContaining('rank 1 has another program (sum ') });
});

test('ranks whose memory is laid out differently are refused', async () => {
  const all = await startRanks('places', { shards: 2 });
  expect(JSON.stringify(all)).toContain('along dp_shard is at another call than all_reduce');
});

test('the others end when a rank is killed, and say who it was', async () => {
  const all = await startRanks('death', { shards: 3 });
  expect(all.map((values) => values[0])).toEqual(
    Array(3).fill({ sums: [3], nonFinite: undefined }),
  );
  for (const values of all.slice(0, 2)) expect(values[1]).toEqual({ error: 'Error: rank 2 ended' });
  expect(all[2]).toHaveLength(1);
});
