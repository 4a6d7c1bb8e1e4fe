// Shapes, documents and attributes that meet every path of the attention kernels.
import { type AttentionAttributes } from '@automodel/core';

export interface AttentionCase {
  readonly tokens: number;
  readonly keys?: number;
  readonly heads: readonly [number, number];
  readonly width: number;
  readonly segments: readonly (readonly [number, number, number, number])[];
  readonly attrs?: Partial<AttentionAttributes>;
  readonly sinks?: boolean;
}

const whole = (n: number): AttentionCase['segments'] => [[0, n, 0, n]];
export const ATTENTION_CASES: Record<string, AttentionCase> = {
  'two documents and an unused row': {
    tokens: 9,
    heads: [4, 2],
    width: 8,
    segments: [
      [0, 4, 0, 4],
      [4, 3, 4, 3],
      [0, 0, 0, 0],
    ],
  },
  'several blocks': { tokens: 150, heads: [9, 3], width: 64, segments: whole(150) },
  'documents across blocks': {
    tokens: 170,
    heads: [2, 1],
    width: 32,
    segments: [
      [0, 60, 0, 60],
      [60, 1, 60, 1],
      [65, 100, 65, 100],
    ],
    sinks: true,
  },
  window: { tokens: 140, heads: [2, 2], width: 40, segments: whole(140), attrs: { window: 30 } },
  'soft cap and an odd width': {
    tokens: 70,
    heads: [2, 1],
    width: 19,
    segments: whole(70),
    attrs: { softcap: 3 },
  },
  'wide head': { tokens: 40, heads: [4, 1], width: 256, segments: whole(40) },
  'every key': {
    tokens: 70,
    heads: [2, 2],
    width: 16,
    segments: [[3, 64, 3, 64]],
    attrs: { causal: false },
    sinks: true,
  },
  'window without order': {
    tokens: 70,
    heads: [1, 1],
    width: 16,
    segments: whole(70),
    attrs: { causal: false, window: 9 },
  },
  'one query of a cache': {
    tokens: 1,
    keys: 200,
    heads: [6, 2],
    width: 64,
    segments: [[0, 1, 0, 133]],
  },
  'a chunk of a cache': {
    tokens: 20,
    keys: 200,
    heads: [3, 1],
    width: 24,
    segments: [[0, 20, 7, 150]],
    attrs: { window: 40 },
    sinks: true,
  },
};
