// Whether the weights of a folder are quantised, and by what: as its config says, a settings file
// of its own, or the names and types of its tensors. Such weights are codes that cannot be trained
// on or computed with here, so a folder is refused by the name of its method before anything else
// is said about its tensors.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { AutomodelError } from '@automodel/core';
import { isJsonObject } from '../files/read-json-file.js';
import type { JsonObject } from '../json/parse-json.js';
import type { StoredTensor } from '../safetensors/stored-tensor.js';
import type { HuggingFaceFolder } from './hugging-face-folder.js';

/** Methods by `quant_method` of config.json; another one is named as it is written. */
const METHODS: Readonly<Record<string, string>> = {
  gptq: 'GPTQ',
  awq: 'AWQ',
  bitsandbytes: 'bitsandbytes',
  'compressed-tensors': 'compressed-tensors',
  fp8: 'FP8',
  fbgemm_fp8: 'FP8',
  modelopt: 'ModelOpt',
  hqq: 'HQQ',
  quanto: 'quanto',
  mxfp4: 'MXFP4',
};

/** Settings files beside config.json, which older tools wrote. */
const FILES: readonly (readonly [file: string, method: string])[] = [
  ['quantize_config.json', 'GPTQ'],
  ['quant_config.json', 'AWQ'],
  ['hf_quant_config.json', 'ModelOpt'],
];

/** Names of tensors that only quantised weights have; the first that fits decides. */
const TENSORS: readonly (readonly [name: RegExp, method: string])[] = [
  [/\.(absmax|quant_map|nested_absmax|quant_state\.bitsandbytes__\w+)$/, 'bitsandbytes'],
  [/\.SCB$/, 'bitsandbytes'],
  [/\.weight_scale_inv$/, 'FP8'],
  [/\.(weight_packed|weight_zero_point)$/, 'compressed-tensors'],
  [/\.weight_scale(_2)?$/, 'FP8 or compressed-tensors'],
  [/\.g_idx$/, 'GPTQ'],
  [/\.qweight$/, 'GPTQ or AWQ'],
  [/\.(W_q|W_q\.\w+)$/, 'HQQ'],
  [/\.weight\._(data|scale)$/, 'quanto'],
  [/\.(codebooks|codes)$/, 'AQLM'],
  [/\.(Qidxs|trellis|q_weight)$/, 'EXL or QuIP'],
  [/proj_blocks$/, 'MXFP4'],
];

/** How the weights of a folder are quantised: the name of the method, and what tells so. */
interface Quantization {
  readonly method: string;
  readonly evidence: string;
  /** The evidence is a key of config.json. */
  readonly inConfig?: boolean;
}

function configured(config: JsonObject): Quantization | undefined {
  // MLX repeats its settings under the other key, without a method
  if (isJsonObject(config['quantization']))
    return { method: 'MLX', evidence: 'quantization', inConfig: true };
  for (const key of ['quantization_config', 'compression_config']) {
    const section = config[key];
    if (isJsonObject(section)) return { method: methodOf(section), evidence: key, inConfig: true };
  }
  return undefined;
}

function methodOf({ quant_method: method, load_in_4bit: four, load_in_8bit: eight }: JsonObject) {
  if (typeof method === 'string') return METHODS[method] ?? method;
  return four === true || eight === true ? 'bitsandbytes' : 'a tool it does not name';
}

/** MLX packs codes into words of 32 bits, beside scales and biases of their groups. */
const isMlx = (tensors: ReadonlyMap<string, StoredTensor>, name: string): boolean =>
  name.endsWith('.scales') && tensors.get(name.replace(/scales$/, 'weight'))?.storageType === 'U32';

function fromTensors(tensors: ReadonlyMap<string, StoredTensor>): Quantization | undefined {
  const names = [...tensors.keys()];
  for (const [pattern, method] of TENSORS) {
    const name = names.find((candidate) => pattern.test(candidate));
    if (name !== undefined) return { method, evidence: `the weights hold ${name}` };
  }
  const scales = names.find((name) => isMlx(tensors, name));
  if (scales !== undefined) return { method: 'MLX', evidence: `the weights hold ${scales}` };
  const narrow = [...tensors.values()].find(({ storageType }) => /^F[468](_|$)/.test(storageType));
  return narrow === undefined
    ? undefined
    : {
        method: narrow.storageType,
        evidence: `tensor ${narrow.name} is stored as ${narrow.storageType}`,
      };
}

/**
 * Undefined for weights that are stored as plain numbers. A settings file alone says nothing: it
 * may be left over beside weights that were dequantised.
 */
function quantizationOf(folder: HuggingFaceFolder): Quantization | undefined {
  const { configFile, config, path, weights } = folder;
  const stated = configured(configFile.value) ?? configured(config);
  if (stated !== undefined) return stated;
  const found = fromTensors(weights.tensors);
  const file = FILES.find(([name]) => existsSync(join(path, name)));
  return found === undefined || file === undefined
    ? found
    : { method: file[1], evidence: `${file[0]}, and ${found.evidence}` };
}

/** Errors: `unsupported` naming the method and what to start from. */
export function refuseQuantized(folder: HuggingFaceFolder): void {
  const found = quantizationOf(folder);
  if (found === undefined) return;
  throw new AutomodelError(
    'unsupported',
    `the weights are quantised with ${found.method} (${found.evidence})`,
    {
      location: found.inConfig === true ? folder.configFile.path : folder.path,
      hint:
        'start from the model before it was quantised; a recipe with peft and quantization holds ' +
        'it in 4 or 8 bits',
    },
  );
}
