// Weights in one safetensors file.
import { mkdirSync, symlinkSync, truncateSync } from 'node:fs';
import { joined } from '../support/joined.js';
import { testBroken, type BrokenCase } from './support/broken-case.js';
import { safetensorsBytes, type Json, type Sandbox } from './support/sandbox.js';

const FILE = 'model/model.safetensors';
const NORM = 'model.norm.weight';

interface Entry {
  dtype: string;
  shape: number[];
  data_offsets: number[];
}

/** A header with some keys of the last norm's entry changed. */
const entry = (name: string, changes: Json, says: RegExp): BrokenCase =>
  header(name, (norm) => Object.assign(norm, changes), says);

/** A header that is edited. */
const header = (
  name: string,
  edit: (norm: Entry, all: Json) => unknown,
  says: RegExp,
): BrokenCase => ({
  name,
  says,
  breaks: (at) =>
    at.safetensors(FILE, ({ header: all }) => {
      edit(all[NORM] as Entry, all);
    }),
});

/** The whole file. */
const file = (
  name: string,
  content: (at: Sandbox) => string | Uint8Array,
  says: RegExp,
): BrokenCase => ({ name, says, breaks: (at) => at.write(FILE, content(at)) });

testBroken('model.safetensors', [
  {
    name: 'is not there',
    breaks: (at) => at.remove(FILE),
    says: joined(
      /model: no model\.safetensors and no model\.safetensors\.index\.json /,
      /\(check the path, or fetch the folder again/,
    ),
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
    says: /model\.safetensors:1:\d+: the key "model\.norm\.weight" occurs twice/,
  },
  header(
    'has tensors that overlap',
    (norm) => {
      norm.data_offsets = norm.data_offsets.map((offset) => offset - 4);
    },
    /model\.safetensors: tensor \S+: (its bytes overlap|\d+ bytes before it)/,
  ),
  header(
    'has offsets that run backwards',
    (norm) => {
      norm.data_offsets.reverse();
    },
    /tensor model\.norm\.weight: data_offsets \[\d+, \d+\] run backwards/,
  ),
  entry(
    'has offsets beyond its end',
    { data_offsets: [0, 2 ** 50] },
    /tensor model\.norm\.weight: truncated/,
  ),
  entry(
    'has negative offsets',
    { data_offsets: [-4, 124] },
    /tensor model\.norm\.weight: data_offsets \[-4,124\] are not two whole numbers/,
  ),
  entry(
    'has a shape of more bytes than its offsets',
    { shape: [33] },
    /tensor model\.norm\.weight: shape \[33\] of F32 needs 132 bytes, data_offsets give 128/,
  ),
  entry(
    'has a negative size',
    { shape: [-32] },
    /tensor model\.norm\.weight: the shape \[-32\] is not a list of whole numbers/,
  ),
  entry(
    'has a size with a fraction',
    { shape: [32.5] },
    /tensor model\.norm\.weight: the shape \[32\.5\]/,
  ),
  entry(
    'has sizes whose product is too large',
    { shape: [2 ** 40, 2 ** 40] },
    /tensor model\.norm\.weight: the size of shape/,
  ),
  entry('has an unknown type', { dtype: 'F12' }, /tensor model\.norm\.weight: unknown type "F12"/),
  entry(
    'has a type of other size',
    { dtype: 'F64' },
    /tensor model\.norm\.weight: shape \[32\] of F64 needs 256 bytes/,
  ),
  entry(
    'has whole numbers for weights',
    { dtype: 'I32' },
    /model\.safetensors: tensor model\.norm\.weight is I32; the model asks for a float/,
  ),
  entry(
    'has weights in 8-bit floats',
    { dtype: 'F8_E4M3', shape: [128] },
    /tensor model\.norm\.weight/,
  ),
  entry(
    'has a header field that is unknown',
    { scale: 2 },
    /tensor model\.norm\.weight: unknown header field "scale"/,
  ),
  header(
    'has a tensor less',
    (norm, all) => {
      all['model.norm.bias'] = norm;
      delete all[NORM];
    },
    /model: the weights lack model\.norm\.weight/,
  ),
  header(
    'has a tensor turned on its side',
    (_, all) => {
      const up = all['model.layers.0.mlp.up_proj.weight'] as Entry;
      up.shape.reverse();
    },
    joined(
      /tensor model\.layers\.0\.mlp\.up_proj\.weight has shape \[32,48\], /,
      /config\.json asks for \[48,32\]/,
    ),
  ),
  header(
    'has a bias that the model does not use',
    (norm, all) => {
      const end = norm.data_offsets[1]!;
      const empty = { ...norm, data_offsets: [end, end], shape: [0] };
      all['model.layers.0.self_attn.q_proj.bias'] = empty;
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
    says: /^step 0: loss is NaN; .*this step wrote nothing/,
    whileTraining: true,
  },
]);
