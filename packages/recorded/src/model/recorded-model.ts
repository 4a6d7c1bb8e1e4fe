// A recorded graph as a language model: token ids [B,S] in, logits [B,S,V] out. Everything a run
// relies on is checked here, once, before anything is loaded.
import type {
  BatchColumn,
  BatchTensors,
  LanguageModel,
  ModelConfig,
  Rectangle,
} from '@automodel/contracts';
import {
  AutomodelError,
  cast,
  categoryOf,
  formatShape,
  isFloat,
  reshape,
  sameShape,
  type DType,
  type Shape,
  type Tensor,
} from '@automodel/core';
import { fuseStructure } from '../structure/fuse-structure.js';
import { importGraph, nameOf } from './import-graph.js';
import { placeOf, type RecordedGraph, type RecordedNode } from '../graph/recorded-graph.js';

/** What is known of a stored tensor; `dtype` is undefined for a storage without arithmetic. */
export interface StoredType {
  readonly shape: Shape;
  readonly dtype: DType | undefined;
}

/** The folder that a recorded graph belongs to. */
export interface RecordedModelOptions {
  /** config.json of the folder the graph belongs to. */
  readonly config: ModelConfig;
  /** Tensors of the folder. Absent: parameters are not looked up yet. */
  readonly tensors?: ReadonlyMap<string, StoredType> | undefined;
  /** Name of the graph's file, for messages. */
  readonly file: string;
}

const INPUTS = ['input_ids', 'attention_mask'] as const;
const COLUMNS = INPUTS.map((column): BatchColumn => ({
  column,
  dtype: 'i32',
  per: 'token',
  width: 1,
}));
/** The name of a recorded graph beside the weights. */
export const GRAPH_FILE = 'graph.json';

/**
 * Errors: `bad-graph` or `missing-parameter`, naming node and module, for a graph that is not a
 * language model or does not fit the folder.
 */
export function recordedModel(
  graph: RecordedGraph,
  { config, tensors, file }: RecordedModelOptions,
): LanguageModel {
  const [rows, columns, vocabularySize] = outputShape(graph, file);
  checkInputs(graph, [rows, columns], file);
  checkVocabulary(graph, vocabularySize, config, file);
  if (tensors !== undefined)
    for (const node of graph.nodes) if (node.op === 'param') checkParameter(node, tensors, file);
  const { model_type: modelType } = config;
  const padTokenId = padTokenIdOf(config, vocabularySize);
  const rectangle: Rectangle = { rows, columns, padTokenId, source: file };
  return {
    modelType: typeof modelType === 'string' ? modelType : graph.architecture,
    vocabularySize,
    maxPositions: columns,
    batch: { columns: COLUMNS, rectangle },
    ignoresTensors: true,
    readsUntrained: true,
    files: new Map([[GRAPH_FILE, file]]),
    notes: [
      `the forward pass of ${graph.architecture || 'the model'} is the recorded graph ${file}: ` +
        `batches of ${rows} x ${columns} tokens, one document a row, and no cache (each ` +
        'generated token evaluates its padded row again).',
    ],
    prepare: (traced) => fuseStructure(traced, { attentionMask: 'attention_mask' }),
    forward: (scope, batch) => {
      const inputs = new Map(INPUTS.map((name) => [name, rowsOf(batch, name, rectangle)]));
      const { trace } = batch.read('input_ids');
      return { logits: importGraph(trace, graph, { scope, inputs, file }) };
    },
  };
}

/** i64[B,S]: a column of T = B*S numbers as the graph was recorded with it. */
function rowsOf(batch: BatchTensors, column: string, { rows, columns }: Rectangle): Tensor {
  const { token } = batch.capacity;
  if (token !== rows * columns)
    throw new AutomodelError(
      'internal',
      `a model recorded for ${rows} rows of ${columns} tokens was given a batch of ${token} tokens`,
    );
  const numbers = batch.read(column);
  return numbers.trace.run(() => cast(reshape(numbers, [rows, columns]), 'i64'));
}

function padTokenIdOf({ pad_token_id: id }: ModelConfig, vocabularySize: number): number {
  const isId = typeof id === 'number' && Number.isInteger(id) && id >= 0 && id < vocabularySize;
  return isId ? id : 0;
}

const bad = (node: RecordedNode, message: string, file: string, hint?: string): AutomodelError =>
  new AutomodelError('bad-graph', message, { location: placeOf(node, file), hint });

function outputShape(
  { nodes, output }: RecordedGraph,
  file: string,
): readonly [rows: number, columns: number, vocabulary: number] {
  const node = nodes.find(({ id }) => id === output)!;
  const [rows, columns, vocabulary] = node.shape;
  if (node.shape.length !== 3 || node.shape.includes(0) || !isFloat(node.dtype))
    throw bad(
      node,
      'the output must be logits [rows,columns,vocabulary], not ' +
        `${node.dtype}${formatShape(node.shape)}`,
      file,
    );
  return [rows!, columns!, vocabulary!];
}

function checkInputs({ nodes }: RecordedGraph, shape: Shape, file: string): void {
  const seen = new Set<string>();
  for (const node of nodes) {
    if (node.op !== 'input') continue;
    const name = nameOf(node, file);
    if (!INPUTS.some((known) => known === name))
      throw bad(
        node,
        `there is no input ${JSON.stringify(name)}; a language model takes ${INPUTS.join(' and ')}`,
        file,
      );
    if (seen.has(name)) throw bad(node, `${name} is an input twice`, file);
    seen.add(name);
    const fits = name === 'input_ids' ? categoryOf(node.dtype) === 'integer' : true;
    if (!fits || !sameShape(node.shape, shape))
      throw bad(
        node,
        `${name} is ${node.dtype}${formatShape(node.shape)}, but the logits are for ` +
          `${formatShape(shape)} tokens`,
        file,
      );
  }
}

function checkVocabulary(
  { nodes, output }: RecordedGraph,
  vocabulary: number,
  config: ModelConfig,
  file: string,
): void {
  const stated = config['vocab_size'];
  if (typeof stated !== 'number' || stated <= vocabulary) return;
  throw bad(
    nodes.find(({ id }) => id === output)!,
    `the logits are for ${vocabulary} ids, config.json has a vocab_size of ${stated}`,
    file,
    'the graph was recorded from another model',
  );
}

function checkParameter(
  node: RecordedNode,
  tensors: ReadonlyMap<string, StoredType>,
  file: string,
): void {
  const name = nameOf(node, file);
  const tensor = tensors.get(name);
  if (tensor === undefined)
    throw new AutomodelError('missing-parameter', `the weights have no tensor ${name}`, {
      location: placeOf(node, file),
      hint: 'the graph was recorded from another model',
    });
  if (!sameShape(tensor.shape, node.shape))
    throw bad(
      node,
      `the graph states ${name}${formatShape(node.shape)}, the weights hold ` +
        `${formatShape(tensor.shape)}`,
      file,
    );
  const fits =
    tensor.dtype !== undefined &&
    (isFloat(node.dtype) ? isFloat(tensor.dtype) : tensor.dtype === node.dtype);
  if (!fits)
    throw bad(
      node,
      `the graph states ${name} as ${node.dtype}, the weights hold ` +
        `${tensor.dtype ?? 'a type without arithmetic'}`,
      file,
    );
}
