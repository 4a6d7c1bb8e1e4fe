export {
  Tokenizer,
  type AddedToken,
  type DecodeOptions,
  type EncodeOptions,
} from './tokenizer/tokenizer.js';
export { MatchingBudget, MatchingStopped } from './patterns/matching-budget.js';
export { MAX_OPTIONAL_PARTS, MAX_PATTERN_CHARACTERS } from './patterns/translate-pattern.js';
export { type JsonObject } from './json/json-object.js';
export { Float } from './jinja/values/value.js';
export {
  convertedTokenizerFiles,
  readTokenizerFiles,
  type TokenizerFiles,
} from './tokenizer/tokenizer-files.js';
export {
  templateWriter,
  type KnownTokens,
  type TemplateWriter,
} from './tokenizer/template-writer.js';
export { readTemplateFiles, type TemplateFiles } from './tokenizer/template-files.js';
export { exactJsonText } from './json/exact-json-text.js';
export type { ChatMessage } from './templates/chat-message.js';
export { ChatTemplate, type RenderOptions } from './templates/chat-template.js';
export { DecodeStream } from './tokenizer/decode-stream.js';
export {
  renderAssistantTurns,
  type AssistantTurn,
  type AssistantTurnOptions,
  type RenderedChat,
  type TextSpan,
} from './labels/assistant-turns.js';
export {
  renderChatRow,
  type ChatOptions,
  type ChatWriter,
  type RenderedRow,
} from './labels/render-chat-row.js';
export { stopIdsOf, turnEnds, type TurnEnds } from './labels/turn-ends.js';
export { IGNORE_INDEX, labelText, type LabelledTokens } from './labels/label-text.js';
export { previewLabels, type LabelPiece } from './samples/preview-labels.js';
export {
  inspectChat,
  inspectChats,
  type ChatInspection,
  type InspectedChat,
  type InspectedTemplate,
  type InspectedTurn,
  type TextPiece,
} from './samples/inspect-chats.js';
export { compareChats, type ChatDifference, type TextDifference } from './samples/compare-chats.js';
export { readChats } from './samples/read-chats.js';
export { SAMPLE_CHATS, type NamedChat } from './samples/sample-chats.js';
export type { TallyName } from './samples/row-tallies.js';
export { locationOf, type RowSource } from './sources/row-source.js';
export { trainedTokensOf, type Sample, type SampleColumns } from './samples/sample.js';
export type { SampleColumn } from './samples/sample-columns.js';
export type {
  Compression,
  DataFile,
  DataFormat,
  FilePart,
  OpenOptions,
  Row,
  TextUnit,
} from './sources/data-source.js';
export { existsLocally, openDataFiles, splitsOfFolder } from './sources/open-data-files.js';
export { splitFile } from './sources/split-file.js';
export { readPart, readRows } from './sources/read-part.js';
export type {
  ChatRow,
  CompletionRow,
  ContinuationRow,
  ParsedRow,
  TextRow,
} from './rows/parsed-row.js';
export type { ColumnRole, DatasetType } from './formats/formats.js';
export type { RowFormat } from './formats/row-format.js';
export { formatOfType, parseRow, type FormatOptions } from './samples/parse-row.js';
export { preparedChat, type PreparedChatOptions } from './templates/prepared-chat.js';
export { tokenizeRow, type TokenizedRow, type TokenizeOptions } from './samples/tokenize-row.js';
export {
  loadDataset,
  type Dataset,
  type DatasetOptions,
  type DatasetProgress,
} from './samples/load-dataset.js';
export { errorFromData, type ErrorData } from './samples/error-data.js';
export {
  isMistake,
  WrongRows,
  WrongRowsError,
  type OnWrongRow,
  type WrongRowsOfKind,
} from './samples/wrong-rows.js';
export { loadRows, type Rows, type LoadRowsOptions } from './samples/load-rows.js';
export type {
  DatasetReport,
  LengthSummary,
  MixtureShare,
  RowList,
} from './samples/dataset-report.js';
export { sampleSetOf, type SampleSet } from './samples/sample-set.js';
export { mixDatasets, type MixtureMember } from './samples/mix-datasets.js';
export {
  mixSamples,
  type MixedPart,
  type MixOptions,
  type Mixture,
  type StoppingStrategy,
} from './samples/mix-samples.js';
export { defaultCacheDirectory, type CacheOptions } from './samples/dataset-cache.js';
export { splitName, type RowSelection } from './samples/row-selection.js';
export type { Overlong, RowOptions } from './samples/row-tokenizer.js';
export { buildMicroBatch, type MicroBatch, type PlacedDocument } from './batches/micro-batch.js';
export {
  packSamples,
  type Packs,
  type PackOptions,
  type PackingStrategy,
} from './batches/pack-samples.js';
export { furtherAxes } from './batches/entries.js';
export { buildRectangle } from './batches/rectangle.js';
export { permutation } from './samples/permutation.js';
export { BatchLoader } from './batches/batch-loader.js';
export type { BatchLoaderOptions } from './batches/batch-loader-options.js';
export type { BatchLoaderState } from './batches/batch-loader-state.js';
export type { GlobalBatch } from './batches/global-batch.js';
export type { LoaderCapacity } from './batches/loader-capacity.js';
export { StreamingLoader, type StreamingLoaderOptions } from './batches/streaming-loader.js';
export type { StreamingState } from './batches/streaming-state.js';
export {
  fromReference,
  type ReferenceBatch,
  type ReferenceInput,
  type ReferenceOptions,
} from './batches/from-reference.js';
