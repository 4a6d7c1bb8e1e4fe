// The state of a checkpoint: state.json, strictly read; what is accepted is what JSON.parse finds.
import { writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { openTrainingState } from '@automodel/checkpoint';
import type { FuzzTarget } from '../fuzz-target.js';
import { scratch } from '../scratch.js';

const STATE = {
  version: 1,
  master_weights: false,
  nextStep: 12,
  data: { epoch: 1, position: 96, order: 'a5c1' },
  metricsBytes: 2048,
  lowestValidation: { step: 9, loss: 1.25 },
  identity: { model: 'sha1', rows: 2000, lr: 4e-4 },
  numerics: 'cpu',
};
const header = Buffer.from('{"adamw.m.w":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}');
const length = Buffer.alloc(8);
length.writeBigUInt64LE(BigInt(header.length));

export const state: FuzzTarget = {
  name: 'state',
  seeds: [Buffer.from(JSON.stringify(STATE, null, 2)), Buffer.from(JSON.stringify(STATE))],
  read: async (bytes) => {
    const path = scratch('checkpoint/training_state/state.json');
    writeFileSync(path, bytes);
    writeFileSync(
      scratch('checkpoint/training_state/optimizer.safetensors'),
      Buffer.concat([length, header, Buffer.alloc(8)]),
    );
    const read = await openTrainingState(dirname(dirname(path)));
    const written: unknown = JSON.parse(
      bytes.toString('utf8').replace(/-?\b(?:NaN|Infinity)\b/g, 'null'),
    );
    if (
      !/NaN|Infinity/.test(bytes.toString('utf8')) &&
      !isDeepStrictEqual({ ...read.state }, written)
    )
      throw new Error(`read as ${JSON.stringify(read.state)}`);
  },
};
