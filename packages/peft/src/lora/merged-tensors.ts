// The tensors of a model with an adapter merged into them, each computed when it is written. Where
// embedding and head are tied and only one of them is changed, both are there afterwards: the
// merged model computes what model and adapter compute together.
import type { AdapterBase, MergedTensor, ParameterScope } from '@automodel/contracts';
import { AutomodelError, cast, type Tensor } from '@automodel/core';
import { mergedEmbedding } from '../parts/lora-embedding.js';
import { allTables, storedWeight, tablesOf, type Table } from '../parts/table-names.js';
import { tokenTable } from '../parts/token-rows.js';
import type { LoraConfig } from './adapter-config.js';
import type { LoraParts } from './lora-adapter.js';
import { mergedBias, mergedWeight, type LoraModule } from './lora-module.js';
import { isPlain } from './stored-modules.js';

/** Errors: `unsupported` for a bias of B where the module has none to add it to. */
export function mergedTensors(
  parts: LoraParts,
  config: LoraConfig,
  base: AdapterBase,
): readonly MergedTensor[] {
  const linear = parts.modules.filter((module) => module !== parts.head);
  const biases = new Set(config.loraBias ? parts.modules.map(({ name }) => `${name}.bias`) : []);
  const whole = parts.whole.filter(({ table }) => table === undefined);
  return [
    ...mergedTables(parts, config, base),
    ...linear.map((module): MergedTensor => ({
      name: module.weight,
      shape: module.shape,
      value: (scope) => mergedWeight(module, scope, config),
    })),
    ...(config.loraBias ? parts.modules.filter(isPlain).map((module) => biasOf(module, base)) : []),
    ...whole
      .filter(({ merged }) => !isTable(merged, base) && !biases.has(merged))
      .map(({ name, merged, shape }): MergedTensor => ({
        name: merged,
        shape,
        value: (scope) => cast(scope.parameter(name, shape), 'f32'),
      })),
  ];
}

const isTable = (name: string, base: AdapterBase): boolean =>
  allTables(tablesOf(base)).some(({ weight }) => weight === name);

function biasOf(module: LoraModule, { parameters }: AdapterBase): MergedTensor {
  const name = `${module.name}.bias`;
  if (!parameters.some((parameter) => parameter.name === name))
    throw new AutomodelError(
      'unsupported',
      `lora_bias cannot be merged: ${module.name} has no bias in the model`,
      { hint: 'PEFT cannot merge it either; use model and adapter together' },
    );
  return {
    name,
    shape: [module.outFeatures],
    value: (scope) => mergedBias(module, scope),
  };
}

/** Embedding and head if either is changed or brought along. */
function mergedTables(
  parts: LoraParts,
  config: LoraConfig,
  base: AdapterBase,
): readonly MergedTensor[] {
  const tables = tablesOf(base);
  const values = allTables(tables).map((table) => ({
    table,
    value: tableValue(table, parts, config),
  }));
  if (values.every(({ value }) => value === undefined)) return [];
  const shared = tables.tied && isShared(parts);
  return values
    .filter(({ table, value }) => (shared ? !table.isHead : value !== undefined || tables.tied))
    .map(({ table, value }): MergedTensor => ({
      name: storedWeight(table),
      shape: table.shape,
      value: value ?? ((scope) => cast(scope.parameter(table.weight, table.shape), 'f32')),
    }));
}

/** Whether tied tables stay one: rows of both, a whole copy of both, or only brought along. */
const isShared = ({ embedding, head, tokens, whole }: LoraParts): boolean =>
  embedding === undefined &&
  head === undefined &&
  !whole.some(({ table }) => table !== undefined) &&
  tokens.every(({ modules }) => modules.length > 1);

/** Undefined: the table stays as it is. */
function tableValue(
  table: Table,
  parts: LoraParts,
  config: LoraConfig,
): ((scope: ParameterScope) => Tensor) | undefined {
  const whole = parts.whole.find(
    (parameter) => parameter.table?.module === table.module || parameter.name === table.weight,
  );
  if (whole !== undefined) return (scope) => cast(scope.parameter(whole.name, whole.shape), 'f32');
  const rows = parts.tokens.find(({ modules }) => modules.includes(table.module));
  if (rows !== undefined) return (scope) => tokenTable(rows, scope);
  const { head, embedding, tables } = parts;
  if (table.isHead && head !== undefined) return (scope) => mergedWeight(head, scope, config);
  if (!table.isHead && embedding !== undefined) return (scope) => mergedEmbedding(embedding, scope);
  return tables.has(table.weight)
    ? (scope) => cast(scope.parameter(table.weight, table.shape), 'f32')
    : undefined;
}
