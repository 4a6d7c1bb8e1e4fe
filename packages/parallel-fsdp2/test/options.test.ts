// What the strategy makes of the section `distributed`, and which of its values are refused.
import type { Parallelism } from '@automodel/contracts';
import { mirroredHost } from '@automodel/testing';
import { describe, expect, test } from 'vitest';
import fsdp2 from '../src/index.js';
import { travelsInComputeDType } from '../src/precision-policy.js';
import { reshardingOf } from '../src/resharding.js';

const create = (options: Record<string, unknown>, size: number): Promise<Parallelism> =>
  fsdp2.create(options, { host: mirroredHost({ size, rank: 0 }) });

describe('mp_policy', () => {
  test.each([
    [undefined, true],
    [null, true],
    [{}, true],
    [{ param_dtype: null, reduce_dtype: null }, true],
    [{ param_dtype: 'bfloat16', reduce_dtype: 'float32' }, true],
    [{ param_dtype: 'torch.bfloat16', reduce_dtype: 'torch.float32' }, true],
    [{ param_dtype: 'float32' }, false],
    [{ param_dtype: 'torch.float32' }, false],
  ])('%j: matrices travel in the dtype of products: %j', (policy, expected) => {
    expect(travelsInComputeDType({ mp_policy: policy })).toBe(expected);
  });

  test.each(['float16', 'torch.float16', 'bf16', 8])('refuses param_dtype %j', async (dtype) => {
    await expect(create({ mp_policy: { param_dtype: dtype } }, 2)).rejects.toThrow(
      'distributed.mp_policy.param_dtype: must be bfloat16 or float32',
    );
  });

  test.each(['bfloat16', 'torch.bfloat16', 'float16'])('refuses reduce_dtype %j', async (dtype) => {
    await expect(create({ mp_policy: { reduce_dtype: dtype } }, 2)).rejects.toThrow(
      'distributed.mp_policy.reduce_dtype: gradients are added up in float32',
    );
  });
});

test.each([
  ['bf16', 'distributed.mp_policy: must have keys'],
  [['bfloat16'], 'distributed.mp_policy: must have keys'],
  [{ param_type: 'bfloat16' }, 'distributed.mp_policy.param_type: is not known here'],
])('refuses the mp_policy %j', async (policy, says) => {
  await expect(create({ mp_policy: policy }, 2)).rejects.toThrow(says);
});

test.each([1, 2])('refuses what is not available yet, for %i processes', async (size) => {
  await expect(create({ tp_size: 2 }, size)).rejects.toThrow(
    'distributed.tp_size: tensor parallelism is not available yet',
  );
  await expect(create({ mp_policy: 'bf16' }, size)).rejects.toThrow('must have keys');
});

test.each(['defer_fsdp_grad_sync', 'enable_fsdp2_prefetch'])('refuses %s: 8', async (key) => {
  await expect(create({ [key]: 8 }, 2)).rejects.toThrow(
    `distributed.${key}: must be true or false`,
  );
});

describe('reshard_after_forward', () => {
  test.each([
    [undefined, 8, { frees: true, group: 1 }],
    [null, 8, { frees: true, group: 1 }],
    [true, 8, { frees: true, group: 1 }],
    [false, 8, { frees: false, group: 1 }],
    [8, 8, { frees: true, group: 1 }],
    [1, 8, { frees: false, group: 1 }],
    [2, 8, { frees: true, group: 2 }],
    [3, 1, { frees: true, group: 1 }],
  ])('%j among %i processes: %j', (value, count, expected) => {
    expect(reshardingOf({ reshard_after_forward: value }, count)).toEqual(expected);
  });

  test.each([
    [3, '3 does not divide the 8 processes over which the model is cut'],
    [16, '16 does not divide'],
    [0, 'must be true, false or a number of processes'],
    [2.5, 'must be true, false or a number of processes'],
    ['yes', 'must be true, false or a number of processes'],
  ])('refuses %j', async (value, says) => {
    await expect(create({ reshard_after_forward: value }, 8)).rejects.toThrow(
      `distributed.reshard_after_forward: ${says}`,
    );
  });

  test('a number divides the axis dp_shard, of each copy', async () => {
    const options = { reshard_after_forward: 2, dp_replicate_size: 2 };
    const { mesh } = await create(options, 16);
    const { dp_replicate, dp_shard, dp_shard_inner } = mesh.axes;
    expect([dp_replicate.size, dp_shard.size, dp_shard_inner.size]).toEqual([2, 4, 2]);
    expect(mesh.data.size).toBe(16);
  });
});

describe('offload_policy', () => {
  test.each([undefined, null, false, 'none', true, {}, { pin_memory: false }])(
    'takes %j',
    async (policy) => {
      await expect(create({ offload_policy: policy }, 2)).resolves.toBeDefined();
    },
  );

  test.each([
    ['cpu', 'distributed.offload_policy: must be true, false or an object'],
    [7, 'distributed.offload_policy: must be true, false or an object'],
    [[true], 'distributed.offload_policy: must be true, false or an object'],
    [{ pinned: true }, 'distributed.offload_policy.pinned: is not known here'],
  ])('refuses %j', async (policy, says) => {
    await expect(create({ offload_policy: policy }, 2)).rejects.toThrow(says);
  });
});

describe('dp_replicate_size', () => {
  test('each copy is cut over the other processes', async () => {
    const { mesh, interceptor, completingPasses } = await create({ dp_replicate_size: 2 }, 6);
    expect([mesh.axes.dp_replicate.size, mesh.axes.dp_shard.size]).toEqual([2, 3]);
    expect(interceptor).toBeDefined();
    expect(completingPasses?.last).toHaveLength(1);
  });

  test('one copy has nothing to add up between copies', async () => {
    const { mesh, completingPasses } = await create({}, 4);
    expect(mesh.axes.dp_shard.size).toBe(4);
    expect(completingPasses).toBeUndefined();
  });

  test('as many copies as processes: nothing is cut', async () => {
    expect((await create({ dp_replicate_size: 2 }, 2)).interceptor).toBeUndefined();
  });

  test.each([
    [2, 3],
    [3, 4],
    [4, 2],
  ])('refuses %i copies on %i processes', async (copies, size) => {
    await expect(create({ dp_replicate_size: copies }, size)).rejects.toThrow(
      `distributed.dp_replicate_size: ${copies} does not divide ${size} processes`,
    );
  });
});
