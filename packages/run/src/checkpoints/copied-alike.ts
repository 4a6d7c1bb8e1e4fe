// Whether the tensors of a checkpoint are copied, so that training goes on while it is written:
// only where every process of the run has the memory for what it holds.
import { together } from '@automodel/checkpoint';
import type { HostGroup } from '@automodel/contracts';
import { bytesOf, sizeOf } from '@automodel/core';
import type { TrainingTensors } from '@automodel/train';
import { availableMemory } from '../machine/available-memory.js';
import { mayCopy } from '../machine/copied-share.js';

/** The same answer in all processes. `wanted`: whether this one would, if it has the memory. */
export async function areCopied(
  tensors: TrainingTensors,
  wanted: boolean,
  group: HostGroup,
): Promise<boolean> {
  const free = availableMemory().bytes;
  const own = wanted && mayCopy(heldBytes(tensors), free, group.local.size);
  const all = await together(group, () => Promise.resolve(String(own)));
  return all.every((one) => one === 'true');
}

/** Of what this process gives. */
const heldBytes = ({ parameters, optimizer }: TrainingTensors): number =>
  [...parameters, ...optimizer].reduce(
    (sum, { shape, runs = [{ start: 0, count: sizeOf(shape) }], storageType }) =>
      sum +
      runs.reduce((elements, { count }) => elements + count, 0) *
        bytesOf(storageType === 'F32' ? 'f32' : 'bf16'),
    0,
  );
