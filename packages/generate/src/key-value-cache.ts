// The caches of one sequence: a pair of states per layer, whose number of rows grows by powers of
// two with the sequence.
import type { CachedDecoding } from '@automodel/contracts';
import { AutomodelError, sizeOf } from '@automodel/core';
import type { ModelSession } from '@automodel/session';
import { cacheState } from './decode-program.js';

const SMALLEST_ROWS = 256;
const PARTS = ['keys', 'values'] as const;
const COPY_BYTES = 1 << 24;

/** Rows that hold `positions`: a power of two, at most what the model was made for. */
export function cacheRows(positions: number, maxPositions: number): number {
  if (positions > maxPositions)
    throw new AutomodelError(
      'bad-argument',
      `the sequence needs ${positions} positions, the model has ${maxPositions}`,
      { hint: 'shorten the prompt or ask for fewer new tokens' },
    );
  let rows = SMALLEST_ROWS;
  while (rows < positions) rows *= 2;
  return Math.min(rows, maxPositions);
}

/** Gives the caches of every layer `rows` rows and keeps the first `used` rows they hold. */
export async function resizeCaches(
  session: ModelSession,
  { keyValues }: CachedDecoding,
  rows: number,
  used: number,
): Promise<void> {
  for (const [layer, { heads, width }] of keyValues.entries()) {
    const rowBytes = sizeOf([heads, width]) * 4;
    for (const part of PARTS) {
      const name = cacheState(layer, part);
      if (session.states.has(name) && session.states.get(name).bytes === rows * rowBytes) continue;
      const kept = session.states.has(name) ? await readRows(session, name, used * rowBytes) : [];
      session.states.free([name]);
      session.states.allocate(name, rows * rowBytes);
      kept.forEach((chunk, i) =>
        session.backend.upload(session.states.get(name), i * COPY_BYTES, chunk),
      );
    }
  }
}

async function readRows(session: ModelSession, name: string, bytes: number): Promise<Uint8Array[]> {
  const chunks: Uint8Array[] = [];
  for (let offset = 0; offset < bytes; offset += COPY_BYTES) {
    const chunk = new Uint8Array(Math.min(COPY_BYTES, bytes - offset));
    await session.backend.download(session.states.get(name), offset, chunk);
    chunks.push(chunk);
  }
  return chunks;
}
