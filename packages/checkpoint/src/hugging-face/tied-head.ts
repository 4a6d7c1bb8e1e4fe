// Decides what happens to the head of a model when a folder is saved. Loaders disagree about a
// stored head beside `tie_word_embeddings: true` (some follow the flag, some the tensor), so the
// two never differ on disk: when they are tied and equal, the head is left out and the flag is
// true; when they diverged, both are written and the flag is false.
import type { HuggingFaceFolder } from './hugging-face-folder.js';
import type { TensorSource } from '../safetensors/tensor-source.js';
import { together, type WritingGroup } from '../files/writing-group.js';
import { sameBytes } from './same-bytes.js';

/**
 * Names of the head and of the embedding it may be tied to, and whether the model ties them
 * (absent: what config.json says).
 */
export interface HeadTying {
  readonly head: string;
  readonly embedding: string;
  readonly tied?: boolean;
}

/** What a save does with the head. */
export interface HeadDecision {
  /** Name of the tensor to leave out; undefined: whatever is there is kept. */
  readonly omit: string | undefined;
  /** What tie_word_embeddings must say; undefined: it stays as it is. */
  readonly flag: boolean | undefined;
}

/**
 * Decide over the tensors to write (already in their final type). Without a flag in config.json, a
 * model trained without a head is taken as tied. All processes of the group decide alike.
 */
export async function decideHead(
  base: HuggingFaceFolder,
  tensors: ReadonlyMap<string, TensorSource>,
  tying: HeadTying,
  group: WritingGroup,
): Promise<HeadDecision> {
  const trainedHead = tensors.get(tying.head);
  const trainedEmbedding = tensors.get(tying.embedding);
  const hasHead = trainedHead !== undefined || base.weights.has(tying.head);
  const configured = base.config['tie_word_embeddings'];
  const isTiedInConfig = typeof configured === 'boolean' ? configured : trainedHead === undefined;
  if (!(tying.tied ?? isTiedInConfig))
    return { omit: undefined, flag: configured === true && hasHead ? false : undefined };
  const equal =
    trainedHead === undefined ||
    (trainedEmbedding !== undefined && (await areEqual(trainedHead, trainedEmbedding, group)));
  if (!equal) return { omit: undefined, flag: false };
  const mustSay = configured === false || hasHead;
  return { omit: tying.head, flag: mustSay && configured !== true ? true : undefined };
}

/** Whether two tensors are equal in what each process holds of them. */
async function areEqual(a: TensorSource, b: TensorSource, group: WritingGroup): Promise<boolean> {
  const parts = await together(group, async () => String(await sameBytes(a, b)));
  return parts.every((part) => part === 'true');
}
