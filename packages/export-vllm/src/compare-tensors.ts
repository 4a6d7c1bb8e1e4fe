// Compares written tensors with their sources, byte for byte, as streams.
import { sourceOfStored, type StoredTensor, type TensorSource } from '@automodel/checkpoint';
import { AutomodelError } from '@automodel/core';
import { createHash } from 'node:crypto';

async function digest(source: TensorSource): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of source.chunks()) hash.update(chunk);
  return `${source.storageType} [${source.shape.join(', ')}] ${hash.digest('hex')}`;
}

/** Errors: `internal` naming a tensor that is missing, differs, or does not belong there. */
export async function compareTensors(
  location: string,
  sources: readonly TensorSource[],
  written: ReadonlyMap<string, StoredTensor>,
): Promise<void> {
  const differs = (name: string, what: string): AutomodelError =>
    new AutomodelError('internal', `tensor ${name} ${what} after writing`, { location });
  for (const source of sources) {
    const found = written.get(source.name);
    if (found === undefined) throw differs(source.name, 'is missing');
    if ((await digest(source)) !== (await digest(sourceOfStored(found))))
      throw differs(source.name, 'differs');
  }
  const names = new Set(sources.map(({ name }) => name));
  const extra = [...written.keys()].find((name) => !names.has(name));
  if (extra !== undefined) throw differs(extra, 'is there without a source');
}
