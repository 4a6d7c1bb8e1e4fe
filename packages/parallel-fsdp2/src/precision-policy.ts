// `distributed.mp_policy`: in which dtype weights travel. Gradients are always added up in f32.
import { AutomodelError } from '@automodel/core';

const WIDE: readonly unknown[] = ['float32', 'torch.float32'];
const COMPUTE: readonly unknown[] = ['bfloat16', 'torch.bfloat16'];
const KEYS: readonly string[] = ['param_dtype', 'reduce_dtype'];

const refused = (key: string, message: string, hint?: string): AutomodelError =>
  new AutomodelError('bad-recipe', message, {
    location: `distributed.mp_policy${key === '' ? '' : `.${key}`}`,
    ...(hint === undefined ? {} : { hint }),
  });

/**
 * Whether matrices travel in the dtype in which products read them; false: as they are stored.
 * Errors: `bad-recipe` naming the key.
 */
export function travelsInComputeDType({
  mp_policy: given,
}: Readonly<Record<string, unknown>>): boolean {
  const policy = given ?? {};
  if (typeof policy !== 'object' || Array.isArray(policy))
    throw refused('', 'must have keys', `keys: ${KEYS.join(', ')}`);
  const unknown = Object.keys(policy).find((key) => !KEYS.includes(key));
  if (unknown !== undefined)
    throw refused(unknown, 'is not known here', `keys: ${KEYS.join(', ')}`);
  const { param_dtype: dtype, reduce_dtype: reduced } = policy as Record<string, unknown>;
  if ((reduced ?? undefined) !== undefined && !WIDE.includes(reduced))
    throw refused(
      'reduce_dtype',
      'gradients are added up in float32',
      'leave it out, or set it to float32',
    );
  if ((dtype ?? undefined) === undefined || COMPUTE.includes(dtype)) return true;
  if (WIDE.includes(dtype)) return false;
  throw refused('param_dtype', 'must be bfloat16 or float32');
}
