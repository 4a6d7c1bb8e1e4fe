// What the strategy makes of the section `distributed`: a mesh of copies, and a pass only where
// there is somebody to add up with.
import type { Parallelism } from '@automodel/contracts';
import { mirroredHost } from '@automodel/testing';
import { describe, expect, test } from 'vitest';
import ddp from '../src/index.js';

const create = (options: Record<string, unknown>, size: number, rank = 0): Promise<Parallelism> =>
  ddp.create(options, { host: mirroredHost({ size, rank }) });

describe('ddp', () => {
  test('all processes are copies that read data of their own', async () => {
    const { mesh, interceptor } = await create({}, 3, 2);
    expect(mesh.axes.dp_replicate).toEqual({ size: 3, rank: 2 });
    expect(mesh.data).toEqual({ size: 3, rank: 2 });
    expect(interceptor).toBeUndefined();
  });

  test('gradients are added up only in the micro-batch that completes them', async () => {
    const { passes, completingPasses } = await create({}, 2);
    expect(passes).toEqual({});
    expect(completingPasses?.last?.map(({ name }) => name)).toEqual(['reduce-gradients']);
  });

  test('one process has nobody to add up with', async () => {
    expect((await create({}, 1)).completingPasses).toBeUndefined();
  });

  test('refuses what only fsdp2 honours, and takes null as left out', async () => {
    await expect(create({ reshard_after_forward: true }, 2)).rejects.toThrow(
      'distributed.reshard_after_forward: is an option of fsdp2, not of ddp',
    );
    await expect(create({ reshard_after_forward: null }, 2)).resolves.toBeDefined();
  });

  test('refuses a bucket without bytes', async () => {
    await expect(create({ bucket_cap_mb: 0 }, 2)).rejects.toThrow(
      'distributed.bucket_cap_mb: must be a number above 0',
    );
  });
});
