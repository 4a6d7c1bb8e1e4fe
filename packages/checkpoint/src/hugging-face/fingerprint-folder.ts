// Tells one model folder from another without reading all of it: config.json, the layout of every
// weight file, and samples of its bytes.
import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import type { HuggingFaceFolder } from './hugging-face-folder.js';

const SAMPLES = 64;
const SAMPLE_BYTES = 4096;

/**
 * Hexadecimal. Equal folders give equal fingerprints wherever they lie; a folder whose weights were
 * trained on gives another.
 */
export async function fingerprintFolder({
  configFile,
  weights,
}: HuggingFaceFolder): Promise<string> {
  const hash = createHash('sha256').update(configFile.bytes);
  for (const file of weights.files) {
    for (const { name, storageType, shape, offset } of file.tensors)
      hash.update(`${name} ${storageType} ${shape.join()} ${offset}\n`);
    await addSamples(hash, file.path);
  }
  return hash.digest('hex').slice(0, 32);
}

async function addSamples(hash: ReturnType<typeof createHash>, path: string): Promise<void> {
  const handle = await open(path, 'r');
  try {
    const { size } = await handle.stat();
    hash.update(String(size));
    for (let i = 0; i < SAMPLES; i++) {
      const position = Math.floor((i * Math.max(0, size - SAMPLE_BYTES)) / (SAMPLES - 1));
      const { bytesRead, buffer } = await handle.read(
        Buffer.alloc(SAMPLE_BYTES),
        0,
        SAMPLE_BYTES,
        position,
      );
      hash.update(buffer.subarray(0, bytesRead));
    }
  } finally {
    await handle.close();
  }
}
