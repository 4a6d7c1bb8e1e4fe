// A process that is connected with no other: its memory is its own, and a collective of one rank
// needs nobody.
import { AutomodelError } from '@automodel/core';
import { CpuBuffer } from '../cpu-buffer.js';
import type { NativeLibrary } from '../library.js';
import { freeGroupWords, groupWords, type GroupFacts } from './group-words.js';
import type { Processes } from './processes.js';

const ONE_RANK: GroupFacts = { rank: 0, axis: 0, spinNanoseconds: 0, heaps: [0] };

export function alone(library: NativeLibrary): Processes {
  let words = 0;
  return {
    lost: new AbortController().signal,
    left: false,
    allocate: (bytes, label) => CpuBuffer.allocate(library, bytes, label),
    arena: (bytes) => CpuBuffer.allocate(library, bytes, 'activations'),
    group: (axis, ranks) => {
      if (ranks > 1)
        throw new AutomodelError(
          'bad-plan',
          `a plan for ${ranks} ranks along ${axis} cannot run in a process that is not connected`,
          { hint: 'call connect of the backend in every process, before anything is allocated' },
        );
      if (words === 0) words = groupWords(library, ONE_RANK);
      return words;
    },
    ranksAlong: () => [0],
    agree: () => Promise.resolve(),
    leave: () => undefined,
    close: () => {
      if (words !== 0) freeGroupWords(library, words, ONE_RANK);
      words = 0;
    },
  };
}
