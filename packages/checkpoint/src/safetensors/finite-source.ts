// A tensor on its way into a file that must hold numbers: NaN and infinity are found in its bytes
// as they pass, by the exponent alone, so that looking costs less than writing.
import { AutomodelError } from '@automodel/core';
import { wholeElements, type TensorSource } from './tensor-source.js';
import type { StorageType } from './storage-type.js';

/** Words of a float type, and the exponent that only NaN and infinity have. */
interface FloatLayout {
  readonly wordBytes: number;
  /** The words of an element that hold its exponent: each, or every second one. */
  readonly step: number;
  readonly exponent: number;
  readonly fraction: number;
}

const LAYOUTS: Readonly<Partial<Record<StorageType, FloatLayout>>> = {
  F32: { wordBytes: 4, step: 1, exponent: 0x7f800000, fraction: 0x007fffff },
  F64: { wordBytes: 4, step: 2, exponent: 0x7ff00000, fraction: 0x000fffff },
  BF16: { wordBytes: 2, step: 1, exponent: 0x7f80, fraction: 0x007f },
  F16: { wordBytes: 2, step: 1, exponent: 0x7c00, fraction: 0x03ff },
};

/** Index of the first word that is part of NaN or infinity; -1 without one. */
function firstBad(words: Uint32Array | Uint16Array, { step, exponent }: FloatLayout): number {
  for (let i = step - 1; i < words.length; i += step)
    if (((words[i] ?? 0) & exponent) === exponent) return i;
  return -1;
}

/** Errors, while its bytes are read: `not-finite` naming the tensor and the element. */
export function finiteSource(source: TensorSource): TensorSource {
  const layout = LAYOUTS[source.storageType];
  return layout === undefined ? source : { ...source, chunks: () => checked(source, layout) };
}

async function* checked(source: TensorSource, layout: FloatLayout): AsyncGenerator<Uint8Array> {
  const { wordBytes, step, fraction } = layout;
  let before = 0;
  for await (const piece of wholeElements(source.chunks(), wordBytes * step)) {
    const count = Math.floor(piece.byteLength / (wordBytes * step));
    const { buffer, byteOffset } = piece;
    const words =
      wordBytes === 4
        ? new Uint32Array(buffer, byteOffset, count * step)
        : new Uint16Array(buffer, byteOffset, count * step);
    const bad = firstBad(words, layout);
    if (bad >= 0)
      throw notFinite(
        source.name,
        ((words[bad] ?? 0) & fraction) === 0 ? 'an infinite number' : 'NaN',
        elementAt(source, before + Math.floor(bad / step)),
      );
    before += count;
    yield piece;
  }
}

/** Which element of the whole is number `given` of those that the source gives. */
function elementAt({ runs = [] }: TensorSource, given: number): number {
  let before = 0;
  for (const { start, count } of runs) {
    if (given < before + count) return start + given - before;
    before += count;
  }
  return given;
}

const notFinite = (name: string, what: string, element: number): AutomodelError =>
  new AutomodelError('not-finite', `tensor ${name} holds ${what} (element ${element})`, {
    hint:
      'the weights are damaged, or a number is too large for the type they are stored as; start ' +
      'from a whole copy, or from an earlier checkpoint',
  });
