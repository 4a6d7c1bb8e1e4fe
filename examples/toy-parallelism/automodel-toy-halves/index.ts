// The plugin: one process that keeps every matrix as two halves and joins them where the model
// reads it. Nothing is gained by it; it shows all that a strategy of several processes needs.
import type { Interceptor, ParallelismPlugin } from '@automodel/contracts';
import type { Tensor, Value } from '@automodel/core';
import { singleProcess } from '@automodel/session';
import { halvesOf } from './halves-of.js';
import { joinHalves } from './join-halves.js';

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
  create: () => Promise.resolve({ ...singleProcess, interceptor }),
};

export default plugin;
