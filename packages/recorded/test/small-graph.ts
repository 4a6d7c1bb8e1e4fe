// A recorded language model in some forty nodes that use operations of every family: small enough
// to be broken in thousands of ways.

export interface WrittenNode {
  [key: string]: unknown;
  id: number;
  op: string;
}

export interface WrittenGraph {
  [key: string]: unknown;
  nodes: WrittenNode[];
}

/** For 2 rows of 4 tokens, 11 ids and width 6. */
export function smallGraph(): WrittenGraph {
  const nodes: WrittenNode[] = [];
  const node = (
    op: string,
    inputs: readonly unknown[],
    shape: readonly number[],
    attrs: object = {},
    dtype = 'float32',
  ): number =>
    nodes.push({
      id: nodes.length,
      op,
      in: inputs,
      attrs,
      shape,
      dtype,
      scope: [':Small', 'model.layers.0:Layer', 'model.layers.0.mixer:Mixer', '@helper'],
    }) - 1;
  const param = (name: string, ...shape: number[]): number => node('param', [], shape, { name });
  const [ids, mask] = [
    node('input', [], [2, 4], { name: 'input_ids' }, 'int64'),
    node('input', [], [2, 4], { name: 'attention_mask' }, 'int64'),
  ];
  const table = param('embed.weight', 11, 6);
  const x = node('embedding', [table, ids], [2, 4, 6]);
  const normed = node(
    'layer_norm',
    [x, param('norm.weight', 6), param('norm.bias', 6)],
    [2, 4, 6],
    { axes: 1, eps: 1e-5 },
  );
  const positions = node('arange', [], [4], { start: 0, step: 1 }, 'int64');
  const causal = node(
    'le',
    [
      node('reshape', [positions], [1, 4], {}, 'int64'),
      node('reshape', [positions], [4, 1], {}, 'int64'),
    ],
    [4, 4],
    {},
    'bool',
  );
  const real = node(
    'cast',
    [node('reshape', [mask], [2, 1, 4], {}, 'int64')],
    [2, 1, 4],
    { to: 'bool' },
    'bool',
  );
  const visible = node('and', [causal, real], [2, 4, 4], {}, 'bool');
  const scores = node(
    'mul',
    [
      node(
        'matmul',
        [normed, node('permute', [normed], [2, 6, 4], { dims: [0, 2, 1] })],
        [2, 4, 4],
      ),
      { c: 0.5 },
    ],
    [2, 4, 4],
  );
  const masked = node(
    'where',
    [visible, scores, node('full', [], [], { value: '-Infinity' })],
    [2, 4, 4],
  );
  const mixed = node('matmul', [node('softmax', [masked], [2, 4, 4], { dim: -1 }), x], [2, 4, 6]);
  const halves = [0, 1].map((i) =>
    node('slice', [mixed], [2, 4, 3], {
      start: [0, 0, 3 * i],
      end: [2, 4, 3 * i + 3],
      step: [1, 1, 1],
    }),
  );
  const joined = node('cat', [node('neg', [halves[1]], [2, 4, 3]), halves[0]], [2, 4, 6], {
    dim: 2,
  });
  const padded = node(
    'pad',
    [node('permute', [joined], [2, 6, 4], { dims: [0, 2, 1] })],
    [2, 6, 6],
    { pad: [2, 0], value: 0 },
  );
  const convolved = node('conv1d', [padded, param('conv.weight', 6, 1, 3), null], [2, 6, 4], {
    stride: [1],
    padding: [0],
    dilation: [1],
    groups: 6,
  });
  const flat = node(
    'reshape',
    [node('permute', [convolved], [2, 4, 6], { dims: [0, 2, 1] })],
    [8, 6],
  );
  const routed = node(
    'softmax',
    [node('linear', [flat, param('router.weight', 3, 6), null], [8, 3])],
    [8, 3],
    { dim: 1 },
  );
  const best = node('topk_idx', [routed], [8, 1], { k: 1, dim: 1, largest: true }, 'int64');
  const chosen = node('gather', [routed, best], [8, 1], { dim: 1 });
  const experts = node(
    'grouped_linear',
    [flat, param('experts', 3, 6, 6), node('reshape', [best], [8], {}, 'int64'), null],
    [8, 6],
    { transposed: true },
  );
  const weighted = node(
    'mul',
    [node('gelu', [experts], [8, 6], { approximate: 'tanh' }), chosen],
    [8, 6],
  );
  const sums = node('cumsum', [node('reshape', [weighted], [2, 4, 6])], [2, 4, 6], { dim: 1 });
  const centred = node(
    'sub',
    [sums, node('mean', [sums], [2, 4, 1], { dims: [2], keepdim: true })],
    [2, 4, 6],
  );
  const scaled = node(
    'mul',
    [centred, node('const', [], [6], { data: [1, 0.5, 1, 0.25, 1, 2.5] })],
    [2, 4, 6],
  );
  const output = node('linear', [node('add', [scaled, x], [2, 4, 6]), table, null], [2, 4, 11]);
  return { format: 'recorded-graph/0', architecture: 'SmallForCausalLM', output, nodes };
}
