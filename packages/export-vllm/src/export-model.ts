// A model folder as vLLM serves it: the base's files, corrected where vLLM would misread them (tied
// heads, stop ids), written, read back, and computed with once more before it takes its place.
import {
  foreignNote,
  generationConfigWith,
  HuggingFaceFolder,
  saveHuggingFaceFolder,
  sourceOfStored,
  type JsonObject,
} from '@automodel/checkpoint';
import type { ExportRequest, ExportResult, ParameterNames } from '@automodel/contracts';
import { AutomodelError, shellWord } from '@automodel/core';
import { convertedTokenizerFiles, readTokenizerFiles, stopIdsOf, Tokenizer } from '@automodel/data';
import { join } from 'node:path';
import { compareLogits, LOGITS_BOUND } from './compare-logits.js';
import { compareTensors } from './compare-tensors.js';
import { stored, type StorageChoice } from './storage-choice.js';
import { USUAL_NAMES } from './usual-names.js';

/**
 * Errors: those of opening and saving; `internal` when what was written is not what was meant: then
 * nothing remains of it, and an earlier result is as it was.
 */
export async function exportModel(
  request: ExportRequest,
  type: StorageChoice | undefined,
): Promise<ExportResult> {
  const { names = USUAL_NAMES } = request;
  const base = await HuggingFaceFolder.open(request.model);
  const tokenizer = await tokenizerOf(base.path);
  const stops = stopIdsOf(tokenizer, base.eosTokenIds);
  const sources = [...base.weights.tensors.values()].map(sourceOfStored);
  let checked: Checked = { checks: [], notes: [] };
  const saved = await saveHuggingFaceFolder({
    directory: request.output,
    base,
    tensors: sources,
    tying: names,
    configChanges: tyingChange(base, names),
    extraFiles: new Map([
      // vLLM takes its stop ids from this file alone
      ...generationConfigWith(base, stops, { itself: true }),
      ...(await convertedTokenizerFiles(base.path)),
    ]),
    ...(type === undefined ? {} : { dtype: type }),
    overwrite: request.overwrite,
    check: async (built) => {
      checked = await checkWritten(request, base, built, type);
    },
  });
  return {
    path: saved.directory,
    files: saved.files.map((file) => join(saved.directory, file)),
    notes: [
      ...notesOn(base.config, tokenizer, stops),
      ...base.foreignFiles.map(foreignNote),
      ...checked.notes,
    ],
    checks: checked.checks,
    command: `vllm serve ${shellWord(saved.directory)}`,
  };
}

type Checked = Pick<ExportResult, 'checks' | 'notes'>;

/** Errors: `internal` for tensors or logits that are not those of `base`. */
async function checkWritten(
  request: ExportRequest,
  base: HuggingFaceFolder,
  built: string,
  type: StorageChoice | undefined,
): Promise<Checked> {
  const { names = USUAL_NAMES, output } = request;
  const written = await HuggingFaceFolder.open(built);
  const isTied = written.config['tie_word_embeddings'] === true;
  const omitted = isTied && !written.weights.has(names.head);
  const expected = [...base.weights.tensors.values()]
    .map(sourceOfStored)
    .filter(({ name }) => name !== names.head || !omitted)
    .map((source) => stored(source, type));
  await compareTensors(output, expected, written.weights.tensors);
  const diverged =
    base.config['tie_word_embeddings'] === true && written.config['tie_word_embeddings'] === false;
  const computed = diverged
    ? {
        checks: [],
        notes: [
          `${names.head} differs from the embedding although config.json ties them: both are ` +
            'written and tie_word_embeddings is false, so that the head in the file is used.',
        ],
      }
    : await checkLogits(request, base, built, type);
  const read = `${expected.length} tensors read back and equal`;
  return { checks: [read, ...computed.checks], notes: computed.notes };
}

/** Undefined for a folder without tokenizer.json. */
async function tokenizerOf(folder: string): Promise<Tokenizer | undefined> {
  try {
    return new Tokenizer(await readTokenizerFiles(folder));
  } catch (cause) {
    if (cause instanceof AutomodelError && cause.code === 'missing-tokenizer') return undefined;
    throw cause;
  }
}

/** Loaders have different defaults for an absent flag, so it is written where the folder tells. */
function tyingChange(
  { config, weights }: HuggingFaceFolder,
  { head, embedding }: ParameterNames,
): JsonObject {
  return config['tie_word_embeddings'] === undefined && weights.has(embedding)
    ? { tie_word_embeddings: !weights.has(head) }
    : {};
}

function notesOn(
  config: JsonObject,
  tokenizer: Tokenizer | undefined,
  stops: readonly number[],
): string[] {
  const notes: string[] = [];
  if (!Array.isArray(config['architectures']) || config['architectures'].length === 0)
    notes.push(
      "config.json names no architectures: vLLM chooses the model's class by them. Add the " +
        'class name, such as ["LlamaForCausalLM"].',
    );
  if (tokenizer === undefined)
    notes.push('The folder has no tokenizer.json: serve it with --tokenizer.');
  else if (!tokenizer.chatTemplates.has('default'))
    notes.push(
      'The folder has no chat template: chat requests fail unless vLLM is started with ' +
        '--chat-template FILE.',
    );
  if (stops.length === 0)
    notes.push(
      'Nothing says which tokens end an answer (eos_token_id): requests run to their length limit.',
    );
  return notes;
}

async function checkLogits(
  request: ExportRequest,
  base: HuggingFaceFolder,
  built: string,
  type: StorageChoice | undefined,
): Promise<Checked> {
  const vocabulary = base.config['vocab_size'];
  try {
    const { relative, otherTokens } = await compareLogits(
      request,
      { model: base.path },
      { model: built },
      typeof vocabulary === 'number' ? vocabulary : 1,
    );
    if (type === undefined && (relative > LOGITS_BOUND || otherTokens > 0))
      throw new AutomodelError(
        'internal',
        `the written model computes other logits (${relative.toExponential(1)} of the largest) ` +
          'than its source',
        { location: request.output },
      );
    const storedAs = type === undefined ? '' : ` (stored as ${type})`;
    const check =
      relative === 0
        ? "logits equal to the source's"
        : `logits within ${relative.toExponential(1)} of the source's largest${storedAs}, ` +
          `${otherTokens} of 16 most likely tokens differ`;
    return { checks: [check], notes: [] };
  } catch (cause) {
    if (
      !(cause instanceof AutomodelError) ||
      (cause.code !== 'missing-plugin' && cause.code !== 'unsupported')
    )
      throw cause;
    return { checks: [], notes: [`Logits were not compared: ${cause.message}.`] };
  }
}
