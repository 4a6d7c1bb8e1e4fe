// Generation with a model that keeps no cache: each id costs one evaluation of the whole padded
// batch. The text is in its first row; the others are empty.
import type { Graph } from '@automodel/core';
import { forwardGraph, leastCapacity, type ProgramSettings } from '@automodel/session';
import { outputDraw } from './drawn-id.js';

/** Outputs: see `outputDraw`. Activations are f32, as when decoding. */
export function nextTokenProgram(settings: ProgramSettings): Graph {
  return forwardGraph(
    'decode',
    { ...settings, compute: 'f32' },
    leastCapacity(settings.model),
    outputDraw,
  ).graph;
}
