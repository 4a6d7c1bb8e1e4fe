// The plugin: every matrix is kept as two halves, which are joined where the model reads it: by one
// process, which gains nothing by it, or by two, of which each keeps one.
import type { Interceptor, ParallelismPlugin } from '@automodel/contracts';
import type { Tensor, Value } from '@automodel/core';
import { singleProcess } from '@automodel/session';
import { halvesOf } from './halves-of.js';
import { joinHalves } from './join-halves.js';
import { overTwo } from './over-two.js';

/** Parameters that are whole already: a program that reads one twice joins it once. */
const joined = new WeakMap<Value, Tensor>();

const interceptor: Interceptor = {
  placement: halvesOf,
  read: (record, next) => {
    const stored = next();
    if (halvesOf(record) === undefined) return stored;
    const whole = joined.get(stored.value) ?? joinHalves(stored);
    joined.set(stored.value, whole);
    return whole;
  },
};

const plugin: ParallelismPlugin = {
  kind: 'parallelism',
  apiVersion: 1,
  name: 'halves',
  create: (_, { host }) =>
    Promise.resolve(host.size === 1 ? { ...singleProcess, interceptor } : overTwo(host)),
};

export default plugin;
