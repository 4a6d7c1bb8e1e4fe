export {
  Tokenizer,
  type AddedToken,
  type DecodeOptions,
  type EncodeOptions,
} from './tokenizer/tokenizer.js';
export {
  readTokenizerFiles,
  type JsonObject,
  type TokenizerFiles,
} from './tokenizer/tokenizer-files.js';
export { ChatTemplate, type ChatMessage, type RenderOptions } from './tokenizer/chat-template.js';
export { DecodeStream } from './tokenizer/decode-stream.js';
export {
  renderAssistantTurns,
  type AssistantTurn,
  type AssistantTurnOptions,
  type RenderedChat,
  type TextSpan,
} from './masks/assistant-turns.js';
export { IGNORE_INDEX, labelText, type LabelledTokens } from './masks/label-text.js';
export { previewLabels, type LabelPiece } from './masks/preview-labels.js';
export { locationOf, trainedTokensOf, type RowSource, type Sample } from './datasets/sample.js';
export type {
  Compression,
  DataFile,
  DataFormat,
  FilePart,
  OpenOptions,
  Row,
  TextUnit,
} from './sources/data-source.js';
export { existsLocally, openDataFiles } from './sources/open-data-files.js';
export { splitFile } from './sources/split-file.js';
export { readPart, readRows } from './sources/read-part.js';
export type {
  ChatExample,
  ColumnNames,
  ColumnRole,
  CompletionExample,
  ContinuationExample,
  Example,
  ExampleFormat,
  ExampleType,
  TextExample,
} from './examples/example.js';
export { parseExample } from './examples/parse-example.js';
export { withToolArguments } from './examples/tool-arguments.js';
export {
  tokenizeExample,
  type TokenizedExample,
  type TokenizeOptions,
} from './datasets/tokenize-example.js';
export {
  loadDataset,
  type Dataset,
  type DatasetOptions,
  type DatasetProgress,
} from './datasets/load-dataset.js';
export { loadRows, type Rows, type RowsOptions } from './datasets/load-rows.js';
export type {
  DatasetReport,
  LengthSummary,
  MixtureShare,
  RowList,
} from './datasets/dataset-report.js';
export { sampleSetOf, type SampleSet } from './datasets/sample-set.js';
export { mixDatasets, type MixtureMember } from './datasets/mix-datasets.js';
export {
  mixSamples,
  type MixedPart,
  type MixOptions,
  type Mixture,
  type StoppingStrategy,
} from './datasets/mix-samples.js';
export { defaultCacheDirectory, type CacheOptions } from './preparation/dataset-cache.js';
export { splitName, type RowSelection } from './preparation/row-selection.js';
export type { Overlong, RowOptions } from './preparation/row-tokenizer.js';
export {
  buildMicroBatch,
  type DocumentPlace,
  type MicroBatch,
  type MicroBatchCapacity,
} from './batching/micro-batch.js';
export {
  packSamples,
  type Packing,
  type PackingOptions,
  type PackingStrategy,
} from './batching/pack-samples.js';
export { buildRectangle, type Rectangle } from './batching/rectangle.js';
export { permutation } from './batching/permutation.js';
export {
  BatchLoader,
  type BatchLoaderOptions,
  type BatchLoaderState,
  type GlobalBatch,
} from './batching/batch-loader.js';
export {
  StreamingLoader,
  type StreamingLoaderOptions,
  type StreamingState,
} from './streaming/streaming-loader.js';
export {
  fromReference,
  type ReferenceBatch,
  type ReferenceInput,
  type ReferenceOptions,
} from './batching/from-reference.js';
