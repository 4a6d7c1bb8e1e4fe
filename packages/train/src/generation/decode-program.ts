// The decoding program: T new tokens of one sequence go through the model, keys and values are appended to caches in place, and the id after the last of them is drawn.
// Prefill is the same program with a larger T; only ids leave the device. Activations and caches are f32 (weights are read as stored): decoding is bound by weights, not by activations.
import type { CausalLanguageModel, KeyValueStore } from '@automodel/contracts';
import { cast, castPolicy, embedding, linear, mul, sample, tanh, trace, writeRows, type Graph, type Trace } from '@automodel/core';
import { Scope } from '@automodel/nn';
import { batchInputs } from '../programs/batch-inputs.js';
import type { ProgramSettings } from '../programs/forward.js';

export const DECODE = { cachePositions: 'cache_positions', last: 'last', temperature: 'temperature', topP: 'top_p', topK: 'top_k', seed: 'seed', step: 'step', next: 'next' } as const;

export const cacheState = (layer: number, part: 'keys' | 'values'): string => `cache.${layer}.${part}`;

/** Caches of C rows a layer: rows are written at the new tokens' positions and the whole cache is attended to (segments say how much of it is used). */
function cacheStore(trace: Trace, model: CausalLanguageModel, rows: number, tokens: number): KeyValueStore {
  const positions = trace.input('batch', DECODE.cachePositions, [tokens], 'i32');
  return {
    extend: (layer, keys, values) => {
      const { heads, width } = model.keyValues[layer]!;
      const write = (part: 'keys' | 'values', added: typeof keys): typeof keys => {
        const cache = trace.input('state', cacheState(layer, part), [rows, heads, width], 'f32');
        const next = writeRows(cache, cast(added, 'f32'), positions); // rows of a table stored in bf16 are bf16 until the cast policy widens them
        trace.assign(cache, next);
        return next;
      };
      return { keys: write('keys', keys), values: write('values', values) };
    },
  };
}

/** `tokens` new tokens against caches of `rows` positions. Output: next i32[1], the id drawn from the logits of row `last`. */
export function decodeProgram(settings: ProgramSettings, tokens: number, rows: number): Graph {
  const { model } = settings;
  const graph = trace(`decode ${tokens}`, (t) => {
    const batch = batchInputs(t, model, { tokens, segments: 1 });
    const store = cacheStore(t, model, rows, tokens);
    const { hidden, head } = model.forward(Scope.root(t, { dtypeOf: settings.dtypeOf, interceptors: settings.interceptors ?? [] }), batch, store);
    const row = embedding(hidden, t.input('batch', DECODE.last, [1], 'i32'));
    const raw = cast(linear(row, head.weight), 'f32');
    const logits = head.softcap === 0 ? raw : mul(tanh(mul(raw, 1 / head.softcap)), head.softcap);
    const scalar = (name: string, dtype: 'f32' | 'i32' | 'i64') => t.input('scalar', name, [], dtype);
    const next = sample(logits, { temperature: scalar(DECODE.temperature, 'f32'), topP: scalar(DECODE.topP, 'f32'), topK: scalar(DECODE.topK, 'i32'), seed: scalar(DECODE.seed, 'i64'), step: scalar(DECODE.step, 'i64') });
    t.output(DECODE.next, next);
  });
  return castPolicy(graph, 'f32');
}
