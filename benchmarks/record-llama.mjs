// Writes graph.json for a Llama folder (no biases, default RoPE, tied or untied head) at a batch
// shape of one's choice: the operations that transformers' LlamaForCausalLM calls, node by node, so
// that a recorded model of a real size can be timed against the hand-written one. Usage: node
// benchmarks/record-llama.mjs MODEL_DIR ROWS COLUMNS OUT
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  float,
  graphText,
  node,
  number,
  param,
  permute,
  positions,
  reshape,
  within,
} from './graph-writer.mjs';

const [folder, rows, columns, out] = process.argv.slice(2);
const c = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8'));
const [B, S, D, H, K, V] = [
  Number(rows),
  Number(columns),
  c.hidden_size,
  c.num_attention_heads,
  c.num_key_value_heads,
  c.vocab_size,
];
const W = c.head_dim ?? D / H;
const theta = c.rope_parameters?.rope_theta ?? c.rope_theta ?? 10000;

const linear = (x, name, rowsOf, width) =>
  within([`${name}:Linear`], () =>
    node('linear', [x, param(`${name}.weight`, width), null], [...rowsOf, width[0]]),
  );
function norm(x, name, shape) {
  const weight = param(`${name}.weight`, [D]);
  return within([`${name}:LlamaRMSNorm`], () => {
    const ends = [...shape.slice(0, -1), 1];
    const scale = node(
      'rsqrt',
      [
        node(
          'add',
          [
            node('mean', [node('pow', [x, number(2)], shape)], ends, {
              dims: [shape.length - 1],
              keepdim: true,
            }),
            float(c.rms_norm_eps),
          ],
          ends,
        ),
      ],
      ends,
    );
    return node('mul', [weight, node('mul', [x, scale], shape)], shape);
  });
}

const frequencies = node(
  'div',
  [
    float(1),
    node(
      'pow',
      [
        float(theta),
        node('div', [node('arange', [], [W / 2], { start: 0, step: 2 }), number(W)], [W / 2]),
      ],
      [W / 2],
    ),
  ],
  [W / 2],
);
const table = param('model.embed_tokens.weight', [V, D]);
const ids = node('input', [], [B, S], { name: 'input_ids' }, 'int64');
const keep = node('input', [], [B, S], { name: 'attention_mask' }, 'int64');

function causalMask() {
  return within(['@create_causal_mask'], () => {
    const bool = node('cast', [keep], [B, S], { to: 'bool' }, 'bool');
    const batch = reshape(positions(B), [B, 1, 1, 1], 'int64');
    const queries = reshape(positions(S), [1, 1, S, 1], 'int64');
    const keys = reshape(positions(S), [1, 1, 1, S], 'int64');
    const seen = node(
      'and',
      [
        node('le', [keys, queries], [1, 1, S, S], undefined, 'bool'),
        node('index', [bool, batch, keys], [B, 1, 1, S], { dims: [0, 1] }, 'bool'),
      ],
      [B, 1, S, S],
      undefined,
      'bool',
    );
    return node(
      'where',
      [seen, node('full', [], [], { value: 0 }), float(-3.4028234663852886e38)],
      [B, 1, S, S],
    );
  });
}

function rotaryTables() {
  return within(['model.rotary_emb:LlamaRotaryEmbedding'], () => {
    const whole = reshape(positions(S), [1, 1, S], 'int64');
    const places = node('cast', [whole], [1, 1, S], { to: 'float32' });
    const column = reshape(frequencies, [1, W / 2, 1]);
    const products = node('matmul', [column, places], [1, W / 2, S]);
    const angles = permute(products, [1, S, W / 2], [0, 2, 1]);
    const both = node('cat', [angles, angles], [1, S, W], { dim: 2 });
    return ['cos', 'sin'].map((op) =>
      node('mul', [node(op, [both], [1, S, W]), float(1)], [1, S, W]),
    );
  });
}

const slice = (x, heads, from, to) =>
  node('slice', [x], [B, heads, S, to - from], {
    start: [0, 0, 0, from],
    end: [B, heads, S, to],
    step: [1, 1, 1, 1],
  });
function rotate(x, heads, [cos, sin]) {
  return within(['@apply_rotary_pos_emb'], () => {
    const shape = [B, heads, S, W];
    const turned = within(['@rotate_half'], () =>
      node(
        'cat',
        [node('neg', [slice(x, heads, W / 2, W)], [B, heads, S, W / 2]), slice(x, heads, 0, W / 2)],
        shape,
        { dim: 3 },
      ),
    );
    return node(
      'add',
      [
        node('mul', [x, node('reshape', [cos], [1, 1, S, W])], shape),
        node('mul', [turned, node('reshape', [sin], [1, 1, S, W])], shape),
      ],
      shape,
    );
  });
}

const repeated = (x) =>
  K === H
    ? x
    : within(['@repeat_kv'], () =>
        reshape(node('expand', [reshape(x, [B, K, 1, S, W])], [B, K, H / K, S, W]), [B, H, S, W]),
      );
function attention(x, name, mask, tables) {
  return within([`${name}:LlamaAttention`], () => {
    const heads = (part, count) =>
      permute(
        reshape(linear(x, `${name}.${part}`, [B, S], [count * W, D]), [B, S, count, W]),
        [B, count, S, W],
        [0, 2, 1, 3],
      );
    const [q, k, v] = [
      rotate(heads('q_proj', H), H, tables),
      rotate(heads('k_proj', K), K, tables),
      heads('v_proj', K),
    ];
    const mixed = within(['@eager_attention_forward'], () => {
      const scores = node(
        'mul',
        [
          node(
            'matmul',
            [q, node('permute', [repeated(k)], [B, H, W, S], { dims: [0, 1, 3, 2] })],
            [B, H, S, S],
          ),
          float(W ** -0.5),
        ],
        [B, H, S, S],
      );
      const weights = node('softmax', [node('add', [scores, mask], [B, H, S, S])], [B, H, S, S], {
        dim: 3,
      });
      return node('permute', [node('matmul', [weights, repeated(v)], [B, H, S, W])], [B, S, H, W], {
        dims: [0, 2, 1, 3],
      });
    });
    return linear(node('reshape', [mixed], [B, S, H * W]), `${name}.o_proj`, [B, S], [D, H * W]);
  });
}

function mlp(x, name) {
  return within([`${name}:LlamaMLP`], () => {
    const [wide, shape] = [
      [c.intermediate_size, D],
      [B, S, c.intermediate_size],
    ];
    const gate = node('silu', [linear(x, `${name}.gate_proj`, [B, S], wide)], shape);
    return linear(
      node('mul', [gate, linear(x, `${name}.up_proj`, [B, S], wide)], shape),
      `${name}.down_proj`,
      [B, S],
      [D, c.intermediate_size],
    );
  });
}

const hidden = within([':LlamaForCausalLM', 'model:LlamaModel'], () => {
  let x = within(['model.embed_tokens:Embedding'], () =>
    node('embedding', [table, ids], [B, S, D]),
  );
  const [mask, tables] = [causalMask(), rotaryTables()];
  for (let i = 0; i < c.num_hidden_layers; i++) {
    x = within([`model.layers.${i}:LlamaDecoderLayer`], () => {
      const name = `model.layers.${i}`;
      const attended = node(
        'add',
        [
          x,
          attention(
            norm(x, `${name}.input_layernorm`, [B, S, D]),
            `${name}.self_attn`,
            mask,
            tables,
          ),
        ],
        [B, S, D],
      );
      return node(
        'add',
        [
          attended,
          mlp(norm(attended, `${name}.post_attention_layernorm`, [B, S, D]), `${name}.mlp`),
        ],
        [B, S, D],
      );
    });
  }
  return norm(x, 'model.norm', [B, S, D]);
});
const head = c.tie_word_embeddings ? table : param('lm_head.weight', [V, D]);
const output = within([':LlamaForCausalLM', 'lm_head:Linear'], () =>
  node('linear', [hidden, head, null], [B, S, V]),
);
const { text, count } = graphText('LlamaForCausalLM', output);
writeFileSync(out, text);
console.log(`${out}: ${count} nodes, ${B} rows of ${S} tokens`);
