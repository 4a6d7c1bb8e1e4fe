// An adapter folder as vLLM serves it on its base: checked against the base's names and shapes,
// written, read back, and computed with before it takes its place: it must give what the trained
// one gives, and change what the base gives.
import {
  HuggingFaceFolder,
  openAdapterFolder,
  saveAdapterFolder,
  sourceOfStored,
  tokenizerFilesIn,
} from '@automodel/checkpoint';
import type { ExportRequest, ExportResult } from '@automodel/contracts';
import { AutomodelError, shellWord } from '@automodel/core';
import { basename, join } from 'node:path';
import { checkAdapter, servedConfig } from './adapter-rules.js';
import { compareLogits, LOGITS_BOUND } from './compare-logits.js';
import { compareTensors } from './compare-tensors.js';
import { maxLoraRank } from './max-lora-rank.js';
import { stored, type StorageChoice } from './storage-choice.js';
import { USUAL_NAMES } from './usual-names.js';

/**
 * Errors: those of `checkAdapter` and of saving; `internal` when what was written is not what was
 * meant: then nothing remains of it, and an earlier result is as it was.
 */
export async function exportAdapter(
  request: ExportRequest,
  adapter: string,
  type: StorageChoice | undefined,
): Promise<ExportResult> {
  const base = await HuggingFaceFolder.open(request.model);
  const source = await openAdapterFolder(adapter, base);
  const rank = checkAdapter(source, base, request.names ?? USUAL_NAMES);
  const servedRank = maxLoraRank(rank, `${source.path}/adapter_config.json`);
  const tensors = [...source.tensors.values()].map((tensor) =>
    stored(sourceOfStored(tensor), type),
  );
  let computed: Checked = { checks: [], notes: [] };
  const saved = await saveAdapterFolder({
    directory: request.output,
    config: servedConfig(source, base),
    tensors,
    base,
    extraFiles: await tokenizerFilesIn(source.path),
    overwrite: request.overwrite,
    check: async (built) => {
      const { tensors: written } = await openAdapterFolder(built, base);
      await compareTensors(request.output, tensors, written);
      computed = await checkLogits(request, base, source.path, built, type);
    },
  });
  const word = shellWord(`${basename(saved.directory)}=${saved.directory}`);
  return {
    path: saved.directory,
    files: saved.files.map((file) => join(saved.directory, file)),
    notes: computed.notes,
    checks: [`${tensors.length} tensors read back and equal`, ...computed.checks],
    command:
      `vllm serve ${shellWord(base.path)} --enable-lora --max-lora-rank ${servedRank} ` +
      `--lora-modules ${word}`,
  };
}

type Checked = Pick<ExportResult, 'checks' | 'notes'>;

async function checkLogits(
  request: ExportRequest,
  base: HuggingFaceFolder,
  source: string,
  written: string,
  type: StorageChoice | undefined,
): Promise<Checked> {
  const model = base.path;
  const vocabulary = Number(base.config['vocab_size'] ?? 1);
  const same = await compareLogits(
    request,
    { model, adapter: source },
    { model, adapter: written },
    vocabulary,
  );
  if (type === undefined && (same.relative > LOGITS_BOUND || same.otherTokens > 0))
    throw new AutomodelError(
      'internal',
      `the written adapter gives other logits (${same.relative.toExponential(1)} of the largest) ` +
        'than its source',
      { location: request.output },
    );
  const changed = await compareLogits(request, { model }, { model, adapter: written }, vocabulary);
  return {
    checks: [
      same.relative === 0
        ? "logits equal to the source's"
        : `logits within ${same.relative.toExponential(1)} of the source's largest`,
      ...(changed.relative > 0
        ? [
            `the adapter moves the base's logits by ${changed.relative.toExponential(1)} of the ` +
              'largest',
          ]
        : []),
    ],
    notes: changed.relative > 0 ? [] : ['The adapter changes nothing: every matrix B is zero.'],
  };
}
