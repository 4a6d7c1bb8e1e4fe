// `distributed.mp_policy`: in which dtype weights travel. Gradients are always added up in f32.
import { AutomodelError } from '@automodel/core';

const WIDE = new Set(['float32', 'torch.float32']);
const COMPUTE = new Set(['bfloat16', 'torch.bfloat16']);

/**
 * Whether matrices travel in the dtype in which products read them; false: as they are stored.
 * Errors: `bad-recipe` naming the key.
 */
export function travelsInComputeDType({
  mp_policy: policy,
}: Readonly<Record<string, unknown>>): boolean {
  const { param_dtype: dtype, reduce_dtype: reduced } = (policy ?? {}) as Record<string, unknown>;
  if (reduced !== undefined && reduced !== null && !WIDE.has(String(reduced)))
    throw new AutomodelError('bad-recipe', 'gradients are added up in float32', {
      location: 'distributed.mp_policy.reduce_dtype',
      hint: 'leave it out, or set it to float32',
    });
  if (dtype === undefined || dtype === null || COMPUTE.has(String(dtype))) return true;
  if (WIDE.has(String(dtype))) return false;
  throw new AutomodelError('bad-recipe', 'must be bfloat16 or float32', {
    location: 'distributed.mp_policy.param_dtype',
  });
}
