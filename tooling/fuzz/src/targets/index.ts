// Everything that is fuzzed.
import type { FuzzTarget } from '../fuzz-target.js';
import { adapter } from './adapter.js';
import { graph } from './graph.js';
import { parquet } from './parquet.js';
import { recipe } from './recipe.js';
import { csv, jsonl } from './rows.js';
import { safetensors } from './safetensors.js';
import { state } from './state.js';
import { structure } from './structure.js';
import { template } from './template.js';
import { tokenizer } from './tokenizer.js';

export const TARGETS: readonly FuzzTarget[] = [
  safetensors,
  jsonl,
  csv,
  parquet,
  recipe,
  tokenizer,
  template,
  graph,
  adapter,
  state,
  structure,
];
