// A recorded language model as Phi-3 is written: one projection for queries, keys and values, one
// for gate and up, and a rotation of the first part of each head whose rest, at a factor of 1, is
// empty; by a recorder that keeps every slice and join as it came.
import type { WrittenGraph, WrittenNode } from './small-graph.js';

const [B, S, HEADS, KEY_HEADS, D, WIDTH, INNER, IDS] = [2, 5, 4, 2, 4, 8, 6, 11];
const LOWEST = -3.4028234663852886e38;

type Inputs = readonly unknown[];

class Recorder {
  readonly nodes: WrittenNode[] = [];

  node(
    op: string,
    inputs: Inputs,
    shape: readonly number[],
    attrs = {},
    dtype = 'float32',
  ): number {
    const scope = [':Phi3ForCausalLM', 'model.layers.0.self_attn:Phi3Attention'];
    const id = this.nodes.length;
    this.nodes.push({ id, op, in: inputs, attrs, shape, dtype, scope });
    return id;
  }

  param(name: string, ...shape: number[]): number {
    return this.node('param', [], shape, { name });
  }

  /** Columns `from` to `to` of the last dimension, which may be none. */
  columns(x: number, from: number, to: number): number {
    const shape = this.#shapeOf(x);
    const last = shape.length - 1;
    return this.node('slice', [x], shape.with(last, to - from), {
      start: shape.map((_, i) => (i === last ? from : 0)),
      end: shape.map((d, i) => (i === last ? to : d)),
      step: shape.map(() => 1),
    });
  }

  join(pieces: readonly number[]): number {
    const shapes = pieces.map((piece) => this.#shapeOf(piece));
    const [first = []] = shapes;
    const width = shapes.reduce((sum, shape) => sum + (shape.at(-1) ?? 0), 0);
    return this.node('cat', pieces, first.with(-1, width), { dim: -1 });
  }

  #shapeOf(id: number): readonly number[] {
    return this.nodes[id]?.['shape'] as readonly number[];
  }
}

/** [B, S, width] normalised. */
function norm(r: Recorder, x: number, name: string): number {
  const row = [B, S, 1];
  const mean = r.node('mean', [r.node('pow', [x, { c: 2 }], [B, S, WIDTH])], row, {
    dims: [-1],
    keepdim: true,
  });
  const root = r.node('rsqrt', [r.node('add', [mean, { c: 1e-5 }], row)], row);
  const scaled = r.node('mul', [x, root], [B, S, WIDTH]);
  return r.node('mul', [r.param(name, WIDTH), scaled], [B, S, WIDTH]);
}

/** cos and sin [1, S, rotated]. */
function tables(r: Recorder, rotated: number): readonly [cos: number, sin: number] {
  const half = rotated / 2;
  const data = Array.from({ length: half }, (_, i) => 10000 ** (-i / half));
  const frequencies = r.node('const', [], [1, 1, half], { data });
  const positions = r.node('arange', [], [S], { start: 0, step: 1 }, 'int64');
  const column = r.node('reshape', [positions], [1, S, 1], {}, 'int64');
  const angle = r.node(
    'mul',
    [r.node('cast', [column], [1, S, 1], { to: 'float32' }), frequencies],
    [1, S, half],
  );
  const both = r.join([angle, angle]);
  return [r.node('cos', [both], [1, S, rotated]), r.node('sin', [both], [1, S, rotated])];
}

function rotate(r: Recorder, x: number, heads: number, rotated: number): number {
  const shape = [B, heads, S, rotated];
  const [cos, sin] = tables(r, rotated).map((table) =>
    r.node('reshape', [table], [1, 1, S, rotated]),
  );
  const [turning, rest] = [r.columns(x, 0, rotated), r.columns(x, rotated, D)];
  const [first, second] = [
    r.columns(turning, 0, rotated / 2),
    r.columns(turning, rotated / 2, rotated),
  ];
  const turned = r.join([r.node('neg', [second], [B, heads, S, rotated / 2]), first]);
  const sum = r.node(
    'add',
    [r.node('mul', [turning, cos], shape), r.node('mul', [turned, sin], shape)],
    shape,
  );
  return r.join([sum, rest]);
}

/** [B, heads, S, D] of columns of the fused projection. */
function heads(r: Recorder, fused: number, from: number, count: number): number {
  const part = r.columns(fused, from, from + count * D);
  const apart = r.node('reshape', [part], [B, S, count, D]);
  return r.node('permute', [apart], [B, count, S, D], { dims: [0, 2, 1, 3] });
}

/** Each head of keys or values for its group of queries. */
function repeated(r: Recorder, x: number): number {
  const groups = HEADS / KEY_HEADS;
  const apart = r.node('reshape', [x], [B, KEY_HEADS, 1, S, D]);
  const wide = r.node('expand', [apart], [B, KEY_HEADS, groups, S, D]);
  return r.node('reshape', [wide], [B, HEADS, S, D]);
}

/** 0 where a query sees a key, the lowest number elsewhere: [B, 1, S, S]. */
function mask(r: Recorder, real: number): number {
  const line = r.node('arange', [], [S], { start: 0, step: 1 }, 'int64');
  const at = (shape: number[]): number => r.node('reshape', [line], shape, {}, 'int64');
  const causal = r.node('le', [at([1, 1, 1, S]), at([1, 1, S, 1])], [1, 1, S, S], {}, 'bool');
  const keys = r.node('reshape', [real], [B, 1, 1, S], {}, 'int64');
  const isReal = r.node('ne', [keys, { c: 0 }], [B, 1, 1, S], {}, 'bool');
  const seen = r.node('and', [causal, isReal], [B, 1, S, S], {}, 'bool');
  const [zero, lowest] = [0, LOWEST].map((value) => r.node('full', [], [], { value }));
  return r.node('where', [seen, zero, lowest], [B, 1, S, S]);
}

function attention(r: Recorder, x: number, real: number, rotated: number): number {
  const [q, k] = [HEADS * D, KEY_HEADS * D];
  const weight = r.param('model.layers.0.self_attn.qkv_proj.weight', q + 2 * k, WIDTH);
  const fused = r.node('linear', [x, weight, null], [B, S, q + 2 * k]);
  const queries = rotate(r, heads(r, fused, 0, HEADS), HEADS, rotated);
  const keys = rotate(r, heads(r, fused, q, KEY_HEADS), KEY_HEADS, rotated);
  const values = repeated(r, heads(r, fused, q + k, KEY_HEADS));
  const square = [B, HEADS, S, S];
  const turned = r.node('permute', [repeated(r, keys)], [B, HEADS, D, S], { dims: [0, 1, 3, 2] });
  const scores = r.node('mul', [r.node('matmul', [queries, turned], square), { c: 0.5 }], square);
  const masked = r.node('add', [scores, mask(r, real)], square);
  const weights = r.node('softmax', [masked], square, { dim: -1 });
  const mixed = r.node('matmul', [weights, values], [B, HEADS, S, D]);
  const tokens = r.node('permute', [mixed], [B, S, HEADS, D], { dims: [0, 2, 1, 3] });
  const joined = r.node('reshape', [tokens], [B, S, HEADS * D]);
  const out = r.param('model.layers.0.self_attn.o_proj.weight', WIDTH, HEADS * D);
  return r.node('linear', [joined, out, null], [B, S, WIDTH]);
}

function gatedLayer(r: Recorder, x: number): number {
  const weight = r.param('model.layers.0.mlp.gate_up_proj.weight', 2 * INNER, WIDTH);
  const both = r.node('linear', [x, weight, null], [B, S, 2 * INNER]);
  const [gate, up] = [r.columns(both, 0, INNER), r.columns(both, INNER, 2 * INNER)];
  const hidden = r.node('mul', [up, r.node('silu', [gate], [B, S, INNER])], [B, S, INNER]);
  const down = r.param('model.layers.0.mlp.down_proj.weight', WIDTH, INNER);
  return r.node('linear', [hidden, down, null], [B, S, WIDTH]);
}

/** For 2 rows of 5 tokens; `rotated` of the 4 columns of each head are rotated. */
export function fusedProjectionGraph(rotated: number): WrittenGraph {
  const r = new Recorder();
  const [ids, real] = ['input_ids', 'attention_mask'].map((name) =>
    r.node('input', [], [B, S], { name }, 'int64'),
  ) as [number, number];
  const table = r.param('model.embed_tokens.weight', IDS, WIDTH);
  const x = r.node('embedding', [table, ids], [B, S, WIDTH]);
  const mixed = attention(r, norm(r, x, 'model.layers.0.input_layernorm.weight'), real, rotated);
  const middle = r.node('add', [x, mixed], [B, S, WIDTH]);
  const normed = norm(r, middle, 'model.layers.0.post_attention_layernorm.weight');
  const last = r.node('add', [middle, gatedLayer(r, normed)], [B, S, WIDTH]);
  const head = r.param('lm_head.weight', IDS, WIDTH);
  const output = r.node('linear', [norm(r, last, 'model.norm.weight'), head, null], [B, S, IDS]);
  return {
    format: 'recorded-graph/0',
    architecture: 'Phi3ForCausalLM',
    output,
    nodes: r.nodes,
  };
}
