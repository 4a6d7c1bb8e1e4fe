// Temporary folders and hand-made safetensors files for the tests of this package.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';

export const GOLDENS = fileURLToPath(new URL('../../../../goldens', import.meta.url));

/** A folder that is removed after the test. */
export async function temporaryFolder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'automodel-checkpoint-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

/** The bytes of a safetensors file with any header text, valid or not. */
export function rawSafetensors(header: string | object, data = 0, declaredLength?: number): Buffer {
  const json = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(declaredLength ?? json.length));
  return Buffer.concat([length, json, Buffer.alloc(data)]);
}

export async function writeRaw(
  directory: string,
  name: string,
  bytes: Uint8Array | string,
): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, bytes);
  return path;
}
