// Decides what becomes of lm_head when a folder is saved. Loaders disagree about a physical head
// beside `tie_word_embeddings: true` (some follow the flag, some the tensor), so the two never
// differ on disk: tied and equal -> the head is left out, flag true; diverged -> both are written,
// flag false.
import type { HuggingFaceFolder } from './hugging-face-folder.js';
import type { TensorSource } from '../safetensors/tensor-source.js';

/**
 * Names of the head and of the embedding it may be tied to, and whether the model ties them
 * (absent: what config.json says).
 */
export interface HeadTying {
  readonly head?: string;
  readonly embedding?: string;
  readonly tied?: boolean;
}

/**
 * What a save does with the head: `omit` it, or keep whatever is there; `flag` is what
 * tie_word_embeddings must say (undefined: leave it).
 */
export interface HeadDecision {
  readonly head: string;
  readonly omit: boolean;
  readonly flag: boolean | undefined;
}

/**
 * True when both sources have one shape and type and give the same bytes; compared chunk by chunk,
 * whatever the chunk sizes.
 */
async function sameBytes(a: TensorSource, b: TensorSource): Promise<boolean> {
  if (a.storageType !== b.storageType || a.shape.join() !== b.shape.join()) return false;
  const right = iterate(b);
  let rest: Uint8Array = new Uint8Array(0);
  for await (const chunk of a.chunks()) {
    let left = chunk;
    while (left.length > 0) {
      if (rest.length === 0) {
        const next = await right.next();
        if (next.done === true) return false;
        rest = next.value;
      }
      const shared = Math.min(left.length, rest.length);
      if (Buffer.compare(left.subarray(0, shared), rest.subarray(0, shared)) !== 0) return false;
      left = left.subarray(shared);
      rest = rest.subarray(shared);
    }
  }
  return true; // of one length: the writer checks it
}

async function* iterate(source: TensorSource): AsyncGenerator<Uint8Array> {
  yield* source.chunks();
}

/**
 * Decide over the tensors to write (already in their final type). Without a flag in config.json, a
 * model trained without a head is taken as tied.
 */
export async function decideHead(
  base: HuggingFaceFolder,
  tensors: ReadonlyMap<string, TensorSource>,
  tying: HeadTying,
): Promise<HeadDecision> {
  const head = tying.head ?? 'lm_head.weight';
  const trainedHead = tensors.get(head);
  const trainedEmbedding = tensors.get(tying.embedding ?? 'model.embed_tokens.weight');
  const configured = base.config['tie_word_embeddings'];
  const tied =
    tying.tied ?? (typeof configured === 'boolean' ? configured : trainedHead === undefined);
  if (!tied)
    return {
      head,
      omit: false,
      flag:
        configured === true && (trainedHead !== undefined || base.weights.has(head))
          ? false
          : undefined,
    };
  const equal =
    trainedHead === undefined ||
    (trainedEmbedding !== undefined && (await sameBytes(trainedHead, trainedEmbedding)));
  if (!equal) return { head, omit: false, flag: false };
  const mustSay = configured === false || base.weights.has(head) || trainedHead !== undefined;
  return { head, omit: true, flag: mustSay && configured !== true ? true : undefined };
}
