// The decoder builder: embedding, blocks as a function of the layer index, final norm and head,
// under Hugging Face's names. Differences between families are different blocks.
import type {
  KeyValueLayer,
  KeyValueStore,
  LanguageModel,
  ParameterScope,
} from '@automodel/contracts';
import { mul, type Tensor } from '@automodel/core';
import type { RopeParameters } from '../position/rope-parameters.js';
import { rotaryTables, type RotaryTables } from '../position/rotary-tables.js';
import type { Norm } from '../layers/rms-norm.js';
import type { Block } from './block.js';
import { decoderBatch, decoderColumns, type DecoderBatch } from '../batch/decoder-batch.js';
import { DECODER_MODULES, DECODER_NAMES } from './decoder-names.js';

/** One layer: its block, and what generation and RoPE need to know about it. */
export interface DecoderLayer {
  readonly block: Block;
  /** Layers with the same object share their tables. */
  readonly rope: RopeParameters;
  readonly keyValue: KeyValueLayer;
}

/** The parts and sizes a decoder is built from. */
export interface DecoderConfig {
  readonly modelType: string;
  readonly vocabularySize: number;
  readonly hiddenSize: number;
  readonly layers: number;
  readonly maxPositions: number;
  readonly initializerRange: number;
  /** Multiplies embeddings (Gemma: sqrt(hidden size)); 1: off. */
  readonly embeddingScale: number;
  readonly layer: (index: number) => DecoderLayer;
  readonly norm: Norm;
  readonly head: { readonly tied: boolean; readonly softcap: number };
}

/** A causal language model made of `config`'s parts. */
export function decoder(config: DecoderConfig): LanguageModel {
  const layers = Array.from({ length: config.layers }, (_, i) => config.layer(i));
  const turnsWithLength = layers.some((l) => l.rope.type === 'dynamic');
  return {
    modelType: config.modelType,
    vocabularySize: config.vocabularySize,
    maxPositions: config.maxPositions,
    initializerRange: config.initializerRange,
    batch: { columns: decoderColumns(turnsWithLength) },
    names: DECODER_NAMES,
    tiedHead: config.head.tied,
    decode: { keyValues: layers.map((l) => l.keyValue), turnsWithLength },
    forward: (scope, columns, store) => {
      const batch = decoderBatch(columns, turnsWithLength);
      const hidden = scope.within(DECODER_MODULES.model, (model) =>
        body(config, layers, model, batch, store),
      );
      const { tied, softcap } = config.head;
      const head = scope.head(
        DECODER_MODULES.head,
        tableOf(config),
        tied ? DECODER_NAMES.embedding : undefined,
      );
      return { hidden, head: { ...head, softcap } };
    },
  };
}

const tableOf = ({ vocabularySize, hiddenSize }: DecoderConfig): readonly [number, number] => [
  vocabularySize,
  hiddenSize,
];

function body(
  config: DecoderConfig,
  layers: readonly DecoderLayer[],
  model: ParameterScope,
  batch: DecoderBatch,
  store: KeyValueStore | undefined,
): Tensor {
  const rotaries = layerTables(layers, model, batch);
  const embedded = model.embedding(DECODER_MODULES.embedding, batch.inputIds, tableOf(config));
  let hidden =
    config.embeddingScale === 1 ? embedded : mul(embedded, Math.fround(config.embeddingScale));
  rotaries.forEach(({ layer, rotary }, i) => {
    hidden = model.within(`layers.${i}`, (scope) =>
      layer.block(scope, hidden, { layer: i, batch, rotary, store }),
    );
  });
  return config.norm(model, 'norm', hidden);
}

/** Each layer with its rotary tables; layers with the same RoPE share them. */
function layerTables(
  layers: readonly DecoderLayer[],
  model: ParameterScope,
  batch: DecoderBatch,
): readonly { readonly layer: DecoderLayer; readonly rotary: RotaryTables }[] {
  const shared = new Map<RopeParameters, RotaryTables>();
  return layers.map((layer) => {
    const { rope } = layer;
    const made = shared.get(rope);
    const rotary = made ?? model.within('rotary_emb', () => rotaryTables(rope, batch));
    shared.set(rope, rotary);
    return { layer, rotary };
  });
}
