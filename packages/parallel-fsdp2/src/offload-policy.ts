// `distributed.offload_policy`: optimizer states in the memory of the host. A CPU backend has them
// nowhere else, so all that is left to do is to refuse what is no policy.
import { AutomodelError } from '@automodel/core';

const NONE: readonly unknown[] = [undefined, null, false, 'none', 'null'];
const KEYS: readonly string[] = ['type', '_target_', 'pin_memory'];

/**
 * Whether the recipe asks for it: true, or an object, as of PyTorch's CPUOffloadPolicy. Errors:
 * `bad-recipe` for what is neither.
 */
export function offloads({ offload_policy: policy }: Readonly<Record<string, unknown>>): boolean {
  if (NONE.includes(policy)) return false;
  if (policy === true) return true;
  if (typeof policy !== 'object' || policy === null || Array.isArray(policy))
    throw refused('', 'must be true, false or an object', 'leave it out, or set it to true');
  const unknown = Object.keys(policy).find((key) => !KEYS.includes(key));
  if (unknown !== undefined) throw refused(`.${unknown}`, 'is not known here', 'key: pin_memory');
  return true;
}

const refused = (key: string, message: string, hint: string): AutomodelError =>
  new AutomodelError('bad-recipe', message, { location: `distributed.offload_policy${key}`, hint });
