// LoRA as an adapter: an interceptor of linear modules, embedding and head with parameters of its
// own, named as Hugging Face PEFT names them, and parameters of the model that it trains whole.
import type {
  Adapter,
  AdapterBase,
  EmbeddingCall,
  HeadCall,
  HeadWeight,
  Interceptor,
  ParameterScope,
} from '@automodel/contracts';
import type { Tensor } from '@automodel/core';
import {
  embeddingParameters,
  initialColumnNorms,
  loraEmbedding,
  type EmbeddingLora,
} from '../parts/lora-embedding.js';
import { storedWeight, tablesOf, type OwnParameter, type Table } from '../parts/table-names.js';
import {
  initialRows,
  tokenEmbedding,
  tokenHead,
  tokenParameter,
  type TokenRows,
} from '../parts/token-rows.js';
import { wholeEmbedding, wholeHead, type WholeParameter } from '../parts/whole-parameters.js';
import { adapterConfig, type LoraConfig } from './adapter-config.js';
import {
  initialMagnitude,
  LORA,
  loraGroupedLinear,
  loraHead,
  loraLinear,
  loraShapes,
  type LoraModule,
} from './lora-module.js';
import { mergedTensors } from './merged-tensors.js';
import { STORED_PREFIX, storedModules } from './stored-modules.js';

/** Everything that an adapter changes. */
export interface LoraParts {
  /** Linear modules and matrices of experts; the head if it is adapted as one. */
  readonly modules: readonly LoraModule[];
  /** The one of `modules` that is the head. */
  readonly head?: LoraModule | undefined;
  readonly embedding?: EmbeddingLora | undefined;
  readonly tokens: readonly TokenRows[];
  readonly whole: readonly WholeParameter[];
  /** Frozen tables that the file holds: their stored names, without prefix, by the model's. */
  readonly tables: ReadonlyMap<string, string>;
}

/** What is stored for the low-rank matrices of modules. */
export function moduleParameters(
  modules: readonly LoraModule[],
  { useDora, loraBias }: Pick<LoraConfig, 'useDora' | 'loraBias'>,
): readonly OwnParameter[] {
  return storedModules(modules).flatMap(({ module, path }) => {
    const { a, b } = loraShapes(module);
    const own = (part: string, shape: readonly number[]): OwnParameter => ({
      name: `${module.name}.${part}`,
      stored: `${path.slice(STORED_PREFIX.length)}.${part}`,
      shape,
    });
    return [
      own(LORA.a, a),
      own(LORA.b, b),
      ...(loraBias && module.experts === undefined ? [own(LORA.bias, [module.outFeatures])] : []),
      ...(useDora ? [own(LORA.magnitude, [module.outFeatures])] : []),
    ];
  });
}

/** Everything that an adapter of these parts stores and trains. */
export const ownParameters = (
  { modules, embedding, tokens, whole }: LoraParts,
  config: Pick<LoraConfig, 'useDora' | 'loraBias'>,
): readonly OwnParameter[] => [
  ...moduleParameters(modules, config),
  ...(embedding === undefined ? [] : embeddingParameters(embedding)),
  ...tokens.map(tokenParameter),
  ...whole,
];

export function loraAdapter(config: LoraConfig, parts: LoraParts, base: AdapterBase): Adapter {
  const own = ownParameters(parts, config);
  const stored = new Map(own.map((parameter) => [parameter.name, parameter.stored]));
  const starts = new Map(parts.whole.map(({ name, replaces }) => [name, replaces]));
  const { embedding } = parts;
  const adapter: Adapter = {
    name: 'lora',
    modules: [
      ...(embedding === undefined ? [] : [{ name: embedding.table.module }]),
      ...parts.modules,
    ],
    interceptor: interceptorOf(parts, config),
    owns: (parameter) => stored.has(parameter),
    startsAs: (parameter) => starts.get(parameter),
    storedName: (parameter) => STORED_PREFIX + (stored.get(parameter) ?? parameter),
    tables: new Map([...parts.tables].map(([name, path]) => [name, STORED_PREFIX + path])),
    copies: copiesOf(parts, base),
    config: (name) => adapterConfig(config, name, parts, base),
    merged: () => mergedTensors(parts, config, base),
  };
  const initial = initialOf(parts, config);
  return initial === undefined ? adapter : { ...adapter, initial };
}

/** PEFT looks for a tied head that is trained whole under its own name too. */
function copiesOf({ whole }: LoraParts, base: AdapterBase): ReadonlyMap<string, string> {
  const { embedding, head, tied } = tablesOf(base);
  const isShared = tied && whole.some(({ name }) => name === embedding?.weight);
  return new Map(
    isShared && head !== undefined && embedding !== undefined
      ? [[STORED_PREFIX + storedWeight(head), embedding.weight]]
      : [],
  );
}

/** Values that a new adapter takes from the model. */
function initialOf(
  { modules, embedding, tokens }: LoraParts,
  { useDora }: LoraConfig,
): ((scope: ParameterScope) => readonly (readonly [string, Tensor])[]) | undefined {
  if (!useDora && tokens.length === 0) return undefined;
  return (scope) => [
    ...(useDora ? modules.map((module) => initialMagnitude(module, scope)) : []),
    ...(useDora && embedding !== undefined ? [initialColumnNorms(embedding, scope)] : []),
    ...tokens.map((rows) => initialRows(rows, scope)),
  ];
}

function interceptorOf(parts: LoraParts, config: LoraConfig): Interceptor {
  const byName = new Map(parts.modules.map((module) => [module.name, module]));
  return {
    linear: (call) => {
      const module = byName.get(call.module);
      return module === undefined ? call.next() : loraLinear(call, module, config);
    },
    groupedLinear: (call) => {
      const module = byName.get(call.weight);
      return module === undefined ? call.next() : loraGroupedLinear(call, module, config);
    },
    embedding: (call) => adaptedEmbedding(call, parts),
    head: (call) => adaptedHead(call, parts, config),
  };
}

const isOf = (module: string): ((part: { readonly table?: Table | undefined }) => boolean) => {
  return ({ table }) => table?.module === module;
};

/** A table is adapted in one way only. */
function adaptedEmbedding(call: EmbeddingCall, parts: LoraParts): Tensor {
  const { module } = call;
  if (parts.whole.some(isOf(module))) return wholeEmbedding(call);
  const rows = parts.tokens.find(({ modules }) => modules.includes(module));
  if (rows !== undefined) return tokenEmbedding(call, rows);
  return parts.embedding === undefined ? call.next() : loraEmbedding(call, parts.embedding);
}

function adaptedHead(call: HeadCall, parts: LoraParts, config: LoraConfig): HeadWeight {
  const { module } = call;
  if (parts.whole.some(isOf(module))) return wholeHead(call);
  const rows = parts.tokens.find(({ modules }) => modules.includes(module));
  if (rows !== undefined) return tokenHead(call, rows);
  return parts.head === undefined ? call.next() : loraHead(call, parts.head, config);
}
