// What is wrong with a buffer of a plan by itself: its id, its size, its constant, its place in the
// arena. The plan verifier looks at what steps do with it.
import { bytesOf } from '../tensor/dtype.js';
import { ARENA_ALIGNMENT } from './pack-arena.js';
import type { PlanBuffer } from './plan.js';

/** What is wrong with the buffer at `index` of a plan; undefined if nothing is. */
export function complaintAbout(
  buffer: PlanBuffer,
  index: number,
  arenaBytes: number,
): string | undefined {
  const { id, bytes, kind, constant } = buffer;
  if (id !== index) return `buffer ${index} has the id ${id}`;
  if (!Number.isSafeInteger(bytes) || bytes < 0) return `buffer ${index} has ${bytes} bytes`;
  if (
    kind === 'constant' &&
    (constant === undefined || constant.data.length * bytesOf(constant.dtype) !== bytes)
  )
    return `constant ${index} lacks its ${bytes} bytes`;
  if (kind !== 'transient') return undefined;
  const { offset } = buffer;
  return offset < 0 || offset % ARENA_ALIGNMENT !== 0 || offset + bytes > arenaBytes
    ? `buffer ${index} at ${offset}..${offset + bytes} does not fit an arena of ` +
        `${arenaBytes} bytes`
    : undefined;
}
