// The decoding program: T new tokens of one sequence go through the model, keys and values are
// appended to caches in place, and the id after the last of them is drawn.
// Prefill is the same program with a larger T; only ids leave the device. Activations and caches
// are f32 (weights are read as stored): decoding is bound by weights, not by activations.
import type { CachedDecoding, KeyValueStore } from '@automodel/contracts';
import { cast, trace, writeRows, type Graph, type Trace } from '@automodel/core';
import { Scope } from '@automodel/nn';
import { batchTensors, computingGraph, type ProgramSettings } from '@automodel/session';
import { DECODE, outputDraw } from './drawn-id.js';

export const cacheState = (layer: number, part: 'keys' | 'values'): string =>
  `cache.${layer}.${part}`;

/**
 * Caches of C rows per layer: rows are written at the new tokens' positions and the whole cache is
 * attended to (segments say how much of it is used).
 */
function cacheStore(
  trace: Trace,
  { keyValues }: CachedDecoding,
  rows: number,
  tokens: number,
): KeyValueStore {
  const positions = trace.input('batch', DECODE.cachePositions, [tokens], 'i32');
  return {
    extend: (layer, keys, values) => {
      const { heads, width } = keyValues[layer]!;
      const write = (part: 'keys' | 'values', added: typeof keys): typeof keys => {
        const cache = trace.input('state', cacheState(layer, part), [rows, heads, width], 'f32');
        // rows of a table stored in bf16 are bf16 until the cast policy widens them
        const next = writeRows(cache, cast(added, 'f32'), positions);
        trace.assign(cache, next);
        return next;
      };
      return { keys: write('keys', keys), values: write('values', values) };
    },
  };
}

/**
 * `tokens` new tokens against caches of `rows` positions. Outputs: see `outputDraw`.
 */
export function decodeProgram(
  settings: ProgramSettings,
  decode: CachedDecoding,
  tokens: number,
  rows: number,
): Graph {
  const { model } = settings;
  const graph = trace(`decode ${tokens}`, (t) => {
    const batch = batchTensors(t, model, { token: tokens, document: 1 });
    const store = cacheStore(t, decode, rows, tokens);
    const output = model.forward(
      Scope.root(t, { dtypeOf: settings.dtypeOf, interceptors: settings.interceptors ?? [] }),
      batch,
      store,
    );
    outputDraw(t, output);
  });
  return computingGraph({ ...settings, compute: 'f32' }, graph);
}
