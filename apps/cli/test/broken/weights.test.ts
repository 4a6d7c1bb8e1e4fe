// Weights: safetensors files, shards and their index.
import { mkdirSync, readFileSync, symlinkSync, truncateSync } from 'node:fs';
import { testBroken, type BrokenCase } from './support/broken-case.js';
import { safetensorsBytes, type Json, type Sandbox } from './support/sandbox.js';

const FILE = 'model/model.safetensors';
const NORM = 'model.norm.weight';

interface Entry {
  dtype: unknown;
  shape: unknown;
  data_offsets: unknown;
}

/** A header with something about the entry of the last norm changed. */
const entry = (
  name: string,
  edit: (entry: Entry, header: Json) => void,
  says: RegExp,
): BrokenCase => ({
  name,
  says,
  breaks: (at) =>
    at.safetensors(FILE, ({ header }) => {
      edit(header[NORM] as Entry, header);
    }),
});

/** The whole file. */
const file = (
  name: string,
  content: (at: Sandbox) => string | Uint8Array,
  says: RegExp,
): BrokenCase => ({ name, says, breaks: (at) => at.write(FILE, content(at)) });

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

testBroken('model.safetensors', [
  {
    name: 'is not there',
    breaks: (at) => at.remove(FILE),
    says: /model: no model\.safetensors and no model\.safetensors\.index\.json \(Check the path, or fetch the folder again/,
  },
  {
    name: "is PyTorch's instead",
    breaks: (at) => {
      at.remove(FILE);
      at.write('model/pytorch_model.bin', 'PK');
    },
    says: /model: no model\.safetensors.*pytorch_model\.bin is in PyTorch's pickle format.*convert/,
  },
  {
    name: 'is a GGUF file instead',
    breaks: (at) => {
      at.remove(FILE);
      at.write('model/model-Q4_K.gguf', 'GGUF');
    },
    says: /model: no model\.safetensors.*GGUF/,
  },
  {
    name: 'is a folder',
    breaks: (at) => {
      at.remove(FILE);
      mkdirSync(at.path(FILE));
    },
    says: /model\.safetensors: (not a file|.*folder)/,
  },
  {
    name: 'is a link to itself',
    breaks: (at) => {
      at.remove(FILE);
      symlinkSync('model.safetensors', at.path(FILE));
    },
    says: /model\.safetensors: .*link/,
  },
  file('is empty', () => '', /model\.safetensors: .*0 bytes/),
  file(
    'is a Git LFS pointer',
    () => `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 293000\n`,
    /model\.safetensors: .*Git LFS pointer.*git lfs pull/,
  ),
  file(
    'is a page of HTML',
    () => '<!doctype html><html><body>log in</body></html>',
    /model\.safetensors: not a safetensors file: the header would be/,
  ),
  file('is a zip file', () => `PK\x03\x04${'\0'.repeat(100)}`, /model\.safetensors: .*header/),
  {
    name: 'lost its end',
    breaks: (at) => truncateSync(at.path(FILE), 100_000),
    says: /model\.safetensors: tensor \S+: truncated.*has 100000.*fetch/,
  },
  {
    name: 'lost all but its start',
    breaks: (at) => truncateSync(at.path(FILE), 100),
    says: /model\.safetensors: truncated: the header ends at byte \d+ but the file has 100.*fetch/,
  },
  {
    name: 'has bytes after its end',
    breaks: (at) =>
      at.safetensors(FILE, ({ data }) => ({ data: Buffer.concat([data, Buffer.alloc(16)]) })),
    says: /model\.safetensors: 16 bytes after the last tensor belong to no tensor/,
  },
  file(
    'has a header longer than itself',
    () => {
      const bytes = safetensorsBytes('{}', Buffer.alloc(8));
      bytes.writeBigUInt64LE(4096n);
      return bytes;
    },
    /model\.safetensors: truncated: the header ends at byte 4104/,
  ),
  file(
    'has a header of petabytes',
    () => {
      const bytes = safetensorsBytes('{}', Buffer.alloc(8));
      bytes.writeBigUInt64LE(2n ** 60n);
      return bytes;
    },
    /model\.safetensors: .*header would be 1152921504606846976 bytes/,
  ),
  {
    name: 'has a header that is no JSON',
    breaks: (at) => at.safetensors(FILE, () => ({ header: '{"model.norm.weight": {dtype' })),
    says: /model\.safetensors:1:\d+: /,
  },
  {
    name: 'has a header that is a list',
    breaks: (at) => at.safetensors(FILE, () => ({ header: '[]' })),
    says: /model\.safetensors: the safetensors header is not a JSON object/,
  },
  {
    name: 'has a tensor twice',
    breaks: (at) =>
      at.safetensors(FILE, ({ header }) => ({
        header: JSON.stringify(header).replace(/}$/, `,"${NORM}":${JSON.stringify(header[NORM])}}`),
      })),
    says: /model\.safetensors:1:\d+: the key "model\.norm\.weight" stands twice/,
  },
  entry(
    'has tensors that overlap',
    (norm) => {
      norm.data_offsets = (norm.data_offsets as number[]).map((offset) => offset - 4);
    },
    /model\.safetensors: tensor \S+: (its bytes overlap|\d+ bytes before it)/,
  ),
  entry(
    'has offsets that run backwards',
    (norm) => {
      (norm.data_offsets as number[]).reverse();
    },
    /tensor model\.norm\.weight: data_offsets \[\d+, \d+\] run backwards/,
  ),
  entry(
    'has offsets beyond its end',
    (norm) => {
      norm.data_offsets = [0, 2 ** 50];
    },
    /tensor model\.norm\.weight: truncated/,
  ),
  entry(
    'has negative offsets',
    (norm) => {
      norm.data_offsets = [-4, 124];
    },
    /tensor model\.norm\.weight: data_offsets \[-4,124\] are not two whole numbers/,
  ),
  entry(
    'has a shape of more bytes than its offsets',
    (norm) => {
      norm.shape = [33];
    },
    /tensor model\.norm\.weight: shape \[33\] of F32 needs 132 bytes, data_offsets give 128/,
  ),
  entry(
    'has a negative size',
    (norm) => {
      norm.shape = [-32];
    },
    /tensor model\.norm\.weight: the shape \[-32\] is not a list of whole numbers/,
  ),
  entry(
    'has a size with a fraction',
    (norm) => {
      norm.shape = [32.5];
    },
    /tensor model\.norm\.weight: the shape \[32\.5\]/,
  ),
  entry(
    'has sizes whose product is too large',
    (norm) => {
      norm.shape = [2 ** 40, 2 ** 40];
    },
    /tensor model\.norm\.weight: the size of shape/,
  ),
  entry(
    'has an unknown type',
    (norm) => {
      norm.dtype = 'F12';
    },
    /tensor model\.norm\.weight: unknown type "F12"/,
  ),
  entry(
    'has a type of other size',
    (norm) => {
      norm.dtype = 'F64';
    },
    /tensor model\.norm\.weight: shape \[32\] of F64 needs 256 bytes/,
  ),
  entry(
    'has whole numbers for weights',
    (norm) => {
      norm.dtype = 'I32';
    },
    /model\.safetensors: tensor model\.norm\.weight is I32; the model asks for a float/,
  ),
  entry(
    'has weights in 8-bit floats',
    (norm) => {
      norm.dtype = 'F8_E4M3';
      norm.shape = [128];
    },
    /tensor model\.norm\.weight/,
  ),
  entry(
    'has a header field that is unknown',
    (norm) => {
      (norm as unknown as Json)['scale'] = 2;
    },
    /tensor model\.norm\.weight: unknown header field "scale"/,
  ),
  entry(
    'has a tensor less',
    (norm, header) => {
      header['model.norm.bias'] = norm;
      delete header[NORM];
    },
    /model: the weights lack model\.norm\.weight/,
  ),
  entry(
    'has a tensor turned on its side',
    (_, header) => {
      const up = header['model.layers.0.mlp.up_proj.weight'] as Entry;
      up.shape = (up.shape as number[]).reverse();
    },
    /tensor model\.layers\.0\.mlp\.up_proj\.weight has shape \[32,48\], config\.json asks for \[48,32\]/,
  ),
  entry(
    'has a bias that the model does not use',
    (norm, header) => {
      header['model.layers.0.self_attn.q_proj.bias'] = {
        ...norm,
        data_offsets: [(norm.data_offsets as number[])[1]!, (norm.data_offsets as number[])[1]!],
        shape: [0],
      };
    },
    /model\.layers\.0\.self_attn\.q_proj\.bias/,
  ),
  {
    name: 'has weights that are not finite',
    breaks: (at) =>
      at.safetensors(FILE, ({ data }) => {
        data.fill(0xff, 1000, 1400);
        return { data };
      }),
    says: /^step 0: loss is NaN; .*Nothing was written by this step/,
    whileTraining: true,
  },
]);

testBroken('shards', [
  sharded(
    'are not all there',
    (at) => at.remove('model/model-00002-of-00002.safetensors'),
    /model\.safetensors\.index\.json: the index names model-00002-of-00002\.safetensors, which is not in the folder.*fetch/,
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
      weight_map['model.extra'] = 'model-00001-of-00002.safetensors';
    },
    /index\.json: tensor model\.extra is not in model-00001-of-00002\.safetensors/,
  ),
  sharded(
    'have an index that forgets a tensor',
    (_, { weight_map }) => {
      delete weight_map[NORM];
    },
    /index\.json: tensor model\.norm\.weight of model-0000\d-of-00002\.safetensors is not in the index/,
  ),
  sharded(
    'have an index that names the other shard',
    (_, { weight_map }) => {
      weight_map[NORM] =
        weight_map[NORM] === 'model-00001-of-00002.safetensors'
          ? 'model-00002-of-00002.safetensors'
          : 'model-00001-of-00002.safetensors';
    },
    /index\.json: tensor model\.norm\.weight is in/,
  ),
  sharded(
    'have an index that leaves the folder',
    (_, { weight_map }) => {
      weight_map[NORM] = '../../secret.safetensors';
    },
    /index\.json: tensor model\.norm\.weight: .* is not the name of a safetensors file in this folder/,
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
    (at) =>
      at.write(
        'model/model-00002-of-00002.safetensors',
        readFileSync(at.path('model/model-00001-of-00002.safetensors')),
      ),
    /tensor \S+ is (also )?(not )?in/,
  ),
  sharded(
    'are one of them cut off',
    (at) => truncateSync(at.path('model/model-00002-of-00002.safetensors'), 2000),
    /model-00002-of-00002\.safetensors: .*truncated/,
  ),
]);
