// Weights in shards, and their index.
import { readFileSync, truncateSync } from 'node:fs';
import { joined } from '../support/joined.js';
import { testBroken, type BrokenCase } from './support/broken-case.js';
import { safetensorsBytes, type Sandbox } from './support/sandbox.js';

const FILE = 'model/model.safetensors';
const NORM = 'model.norm.weight';
const [FIRST, SECOND] = ['model-00001-of-00002.safetensors', 'model-00002-of-00002.safetensors'];

/** Weights in two shards with an index, which is then edited. */
const sharded = (
  name: string,
  edit: (at: Sandbox, index: { weight_map: Record<string, unknown> }) => unknown,
  says: RegExp,
): BrokenCase => ({
  name,
  says,
  breaks: (at) => {
    const bytes = readFileSync(at.path(FILE));
    const length = Number(bytes.readBigUInt64LE(0));
    const header = JSON.parse(bytes.toString('utf8', 8, 8 + length)) as Record<
      string,
      { data_offsets: [number, number] }
    >;
    delete header['__metadata__'];
    const tensors = Object.entries(header).sort(
      (a, b) => a[1].data_offsets[0] - b[1].data_offsets[0],
    );
    const weight_map: Record<string, unknown> = {};
    for (const [i, part] of [tensors.slice(0, 5), tensors.slice(5)].entries()) {
      const shard = `model-0000${i + 1}-of-00002.safetensors`;
      const start = part[0]![1].data_offsets[0];
      const own = Object.fromEntries(
        part.map(([tensor, value]) => [
          tensor,
          { ...value, data_offsets: value.data_offsets.map((offset) => offset - start) },
        ]),
      );
      for (const [tensor] of part) weight_map[tensor] = shard;
      at.write(
        `model/${shard}`,
        safetensorsBytes(
          JSON.stringify(own),
          bytes.subarray(8 + length + start, 8 + length + part.at(-1)![1].data_offsets[1]),
        ),
      );
    }
    at.remove(FILE);
    const index = { metadata: {}, weight_map };
    const edited = edit(at, index);
    at.write(
      'model/model.safetensors.index.json',
      typeof edited === 'string' ? edited : JSON.stringify(index),
    );
  },
});

testBroken('shards', [
  sharded(
    'are not all there',
    (at) => at.remove(`model/${SECOND}`),
    joined(
      /model\.safetensors\.index\.json: the index names model-00002-of-00002\.safetensors, /,
      /which is not in the folder.*fetch/,
    ),
  ),
  sharded(
    'have an index without a map',
    () => '{"metadata": {}}',
    /model\.safetensors\.index\.json: no weight_map object/,
  ),
  sharded(
    'have an index that is cut off',
    () => '{"weight_map": {"model.no',
    /model\.safetensors\.index\.json:1:\d+: /,
  ),
  sharded(
    'have an index that names a tensor that is nowhere',
    (_, { weight_map }) => {
      weight_map['model.extra'] = FIRST;
    },
    /index\.json: tensor model\.extra is not in model-00001-of-00002\.safetensors/,
  ),
  sharded(
    'have an index that forgets a tensor',
    (_, { weight_map }) => {
      delete weight_map[NORM];
    },
    joined(
      /index\.json: tensor model\.norm\.weight of /,
      /model-0000\d-of-00002\.safetensors is not in the index/,
    ),
  ),
  sharded(
    'have an index that names the other shard',
    (_, { weight_map }) => {
      weight_map[NORM] = weight_map[NORM] === FIRST ? SECOND : FIRST;
    },
    /index\.json: tensor model\.norm\.weight is in/,
  ),
  sharded(
    'have an index that leaves the folder',
    (_, { weight_map }) => {
      weight_map[NORM] = '../../secret.safetensors';
    },
    joined(
      /index\.json: tensor model\.norm\.weight: .* /,
      /is not the name of a safetensors file in this folder/,
    ),
  ),
  sharded(
    'have an index with a number for a file',
    (_, { weight_map }) => {
      weight_map[NORM] = 2;
    },
    /index\.json: tensor model\.norm\.weight: 2 is not the name/,
  ),
  sharded(
    'hold one tensor twice',
    (at) => at.write(`model/${SECOND}`, readFileSync(at.path(`model/${FIRST}`))),
    /tensor \S+ is (also )?(not )?in/,
  ),
  sharded(
    'are one of them cut off',
    (at) => truncateSync(at.path(`model/${SECOND}`), 2000),
    /model-00002-of-00002\.safetensors: .*truncated/,
  ),
]);
