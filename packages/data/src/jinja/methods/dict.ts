// Methods of dict. Those that change one are refused by the sandbox (type-info.ts).
import { hashOf } from '../python/hash.js';
import { toArray } from '../python/iteration.js';
import type { Run } from '../values/run.js';
import { builtin, tableOf } from '../values/builtin.js';
import { Dict } from '../values/dict.js';
import { DictItems, DictKeys, DictValues } from '../objects/dict-views.js';

/** The same keys and values in a dict of its own. */
export function copyDict(run: Run, dict: Dict): Dict {
  run.items(dict.size);
  const copy = new Dict();
  for (const [hash, { key, value }] of dict.hashed()) copy.set(hash, key, value);
  return copy;
}

export const dictMethods = tableOf<Dict>(
  builtin('get', 'key default? /', (run, dict, [key, usual]) => {
    const found = dict.get(hashOf(run, key ?? null));
    return found === undefined ? (usual ?? null) : found;
  }),
  builtin('keys', '/', (_run, dict) => new DictKeys(dict)),
  builtin('values', '/', (_run, dict) => new DictValues(dict)),
  builtin('items', '/', (_run, dict) => new DictItems(dict)),
  builtin('copy', '/', copyDict),
  builtin('fromkeys', 'iterable value? /', (run, _dict, [iterable, value]) => {
    const made = new Dict();
    for (const key of toArray(run, iterable ?? null))
      made.set(hashOf(run, key), key, value ?? null);
    return made;
  }),
);
