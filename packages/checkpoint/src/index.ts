export { editJson, editJsonWithin } from './json/edit-json.js';
export {
  parseJson,
  type JsonDocument,
  type JsonMember,
  type JsonObject,
  type JsonValue,
} from './json/parse-json.js';
export { isJsonObject, readJsonFile, type JsonFile } from './files/read-json-file.js';
export { bytesFromFloats, floatsFromBytes } from './safetensors/convert-floats.js';
export { finiteSource } from './safetensors/finite-source.js';
export { openSafetensors, type SafetensorsFile } from './safetensors/open-safetensors.js';
export {
  readTensor,
  readTensorBytes,
  streamTensorBytes,
  type TensorArray,
} from './safetensors/read-tensor.js';
export {
  bitsOf,
  dtypeOfStorage,
  storageBytes,
  storageOfDType,
  type StorageType,
} from './safetensors/storage-type.js';
export { tensorEntry, type StoredTensor, type TensorEntry } from './safetensors/stored-tensor.js';
export {
  convertSource,
  wholeElements,
  sourceOfArray,
  sourceOfStored,
  type TensorRun,
  type TensorSource,
} from './safetensors/tensor-source.js';
export { writeSafetensors, type WriteSafetensorsOptions } from './safetensors/write-safetensors.js';
export { fingerprintFolder } from './hugging-face/fingerprint-folder.js';
export { tokenizerFilesIn } from './hugging-face/tokenizer-files.js';
export {
  isSetting,
  openAdapterFolder,
  saveAdapterFolder,
  type AdapterFolder,
  type SaveAdapterOptions,
} from './hugging-face/adapter-folder.js';
export { generationConfigWith } from './hugging-face/generation-config.js';
export { HuggingFaceFolder, type OpenFolderOptions } from './hugging-face/hugging-face-folder.js';
export { openWeights } from './hugging-face/open-weights.js';
export {
  saveHuggingFaceFolder,
  type SavedFolder,
  type SaveFolderOptions,
} from './hugging-face/save-folder.js';
export type { HeadTying } from './hugging-face/tied-head.js';
export { refuseQuantized } from './hugging-face/quantized-folder.js';
export { sameBytes } from './hugging-face/same-bytes.js';
export { Weights } from './hugging-face/weights.js';
export {
  DEFAULT_MAX_SHARD_BYTES,
  writeWeights,
  type WriteWeightsOptions,
} from './hugging-face/write-weights.js';
export {
  checkpointName,
  parseCheckpointName,
  type CheckpointTime,
} from './run-folder/checkpoint-name.js';
export {
  Checkpoints,
  isLeftover,
  type CheckpointEntry,
  type CheckpointLink,
} from './run-folder/checkpoints.js';
export {
  openTrainingState,
  TRAINING_STATE,
  writeTrainingState,
  type StoredTrainingState,
  type TrainingState,
} from './run-folder/training-state.js';
export {
  ALONE,
  allSucceed,
  byFirst,
  firstDoes,
  together,
  type WritingGroup,
} from './files/writing-group.js';
export { diskError } from './files/disk-error.js';
export { foreignNote, ownFiles, type OwnFiles } from './files/own-files.js';
export { putInPlace } from './files/put-in-place.js';
export { removeDeadStages, stagedPath } from './files/staged-path.js';
export {
  besideName,
  FencedLog,
  fencedRemove,
  fencedRename,
  fencedWrite,
  type Fence,
} from './files/fence.js';
export { removeUnfinished, unfinished } from './files/unfinished.js';
export {
  checkPublishTarget,
  MARKER_FILE,
  publishDirectory,
  type PublishOptions,
} from './files/publish-directory.js';
