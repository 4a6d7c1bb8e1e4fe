// A recorded graph as a language model: token ids [B,S] in, logits [B,S,V] out. Everything a run
// relies on is checked here, once, before anything is loaded.
import type {
  ModelConfig,
  ParameterScope,
  RecordedBatch,
  RecordedLanguageModel,
} from '@automodel/contracts';
import {
  AutomodelError,
  categoryOf,
  formatShape,
  isFloat,
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

export interface RecordedModelOptions {
  /** config.json of the folder the graph belongs to. */
  readonly config: ModelConfig;
  /** Tensors of the folder. Absent: parameters are not looked up yet. */
  readonly tensors?: ReadonlyMap<string, StoredType> | undefined;
  /** Name of the graph's file, for messages. */
  readonly file: string;
}

const INPUTS = ['input_ids', 'attention_mask'] as const;

/**
 * Errors: `bad-graph` or `missing-parameter`, naming node and module, for a graph that is no
 * language model or does not fit the folder.
 */
export function recordedModel(
  graph: RecordedGraph,
  { config, tensors, file }: RecordedModelOptions,
): RecordedLanguageModel {
  const [rows, columns, vocabularySize] = outputShape(graph, file);
  checkInputs(graph, [rows, columns], file);
  checkVocabulary(graph, vocabularySize, config, file);
  if (tensors !== undefined)
    for (const node of graph.nodes) if (node.op === 'param') checkParameter(node, tensors, file);
  const { model_type: modelType, pad_token_id: padTokenId } = config;
  return {
    kind: 'recorded',
    modelType: typeof modelType === 'string' ? modelType : graph.architecture,
    architecture: graph.architecture,
    source: file,
    vocabularySize,
    maxPositions: columns,
    rows,
    columns,
    padTokenId:
      typeof padTokenId === 'number' &&
      Number.isInteger(padTokenId) &&
      padTokenId >= 0 &&
      padTokenId < vocabularySize
        ? padTokenId
        : 0,
    prepare: (traced) => fuseStructure(traced, { attentionMask: 'attention_mask' }),
    forward: (scope: ParameterScope, batch: RecordedBatch): Tensor =>
      importGraph(batch.inputIds.trace, graph, {
        scope,
        inputs: new Map([
          ['input_ids', batch.inputIds],
          ['attention_mask', batch.attentionMask],
        ]),
        file,
      }),
  };
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
    'The graph was recorded from another model.',
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
      hint: 'The graph was recorded from another model.',
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
