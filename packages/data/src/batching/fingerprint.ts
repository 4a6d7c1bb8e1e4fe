// A short name for the content of a data set, so that a resumed run notices that it continues on other data.
import { createHash } from 'node:crypto';
import type { Sample } from '../datasets/sample.js';

/** Equal for equal ids and labels in equal order (SHA-256, 16 hexadecimal digits). */
export function fingerprintOf(samples: readonly Sample[]): string {
  const hash = createHash('sha256');
  for (const { inputIds, labels } of samples) {
    hash.update(Int32Array.of(inputIds.length));
    hash.update(inputIds);
    hash.update(labels);
  }
  return hash.digest('hex').slice(0, 16);
}
