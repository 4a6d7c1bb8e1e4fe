// Generation: one id after the other, with a key/value cache where the model has one; sampling
// happens in the program and only ids come back.
// Greedy when the temperature is 0. Calls on one session queue and each starts with an empty cache.
import { AutomodelError } from '@automodel/core';
import { checkTokenIds, type ModelSession } from '@automodel/session';
import { CachedSequence } from './cached-sequence.js';
import type { Sampling } from './drawn-id.js';
import { WholeSequence } from './whole-sequence.js';

/** A text that grows by one id at a time. */
interface Sequence {
  readonly length: number;
  /** Maximum number of positions. */
  readonly maxPositions: number;
  /** Appends `ids` and draws the id that follows. */
  extend(ids: Int32Array, signal: AbortSignal | undefined): Promise<number>;
}

function startSequence(
  session: ModelSession,
  sampling: Sampling,
  maxPositions: number | undefined,
): Sequence {
  const { decode } = session.model;
  return decode === undefined
    ? new WholeSequence(session, sampling, maxPositions)
    : new CachedSequence(session, decode, sampling, maxPositions);
}

/** How ids are drawn, and when generation ends. */
export interface GenerateOptions {
  /** Maximum number of new tokens. Default 256. */
  readonly maxNewTokens?: number | undefined;
  /**
   * Maximum number of positions, prompt included. Default: those the model was made for; no limit
   * for RoPE that grows with the document (`dynamic`).
   */
  readonly maxPositions?: number | undefined;
  /** 0, the default: the largest logit. */
  readonly temperature?: number | undefined;
  /** Draw among the most likely tokens whose probabilities reach this; default 1: all. */
  readonly topP?: number | undefined;
  /** Draw among this many most likely tokens; default 0: all. */
  readonly topK?: number | undefined;
  readonly seed?: number | undefined;
  /** Ids that end the text; the id itself is yielded, then nothing more. */
  readonly stopIds?: readonly number[] | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The ids that follow `promptIds`, as they are drawn. Errors: `bad-argument` for an empty or too
 * long prompt and settings out of range; `bad-data` for ids outside the vocabulary; `not-finite`
 * naming the tensor at fault; `aborted`.
 */
export async function* generate(
  session: ModelSession,
  promptIds: ArrayLike<number>,
  options: GenerateOptions = {},
): AsyncGenerator<number, void, undefined> {
  const { maxNewTokens = 256, stopIds = [], signal } = options;
  const sampling = checkSampling(options);
  const prompt = Int32Array.from(promptIds);
  if (prompt.length === 0)
    throw new AutomodelError('bad-argument', 'generation needs a prompt of at least one token');
  checkTokenIds(session.model, prompt);
  if (!Number.isInteger(maxNewTokens) || maxNewTokens < 0)
    throw new AutomodelError(
      'bad-argument',
      `maxNewTokens ${maxNewTokens} is not a whole number of at least 0`,
    );
  if (maxNewTokens === 0) return;
  const sequence = startSequence(session, sampling, options.maxPositions);
  const release = await hold(session);
  try {
    let next = await sequence.extend(prompt, signal);
    for (let count = 1; ; count++) {
      yield next;
      if (
        count >= maxNewTokens ||
        stopIds.includes(next) ||
        sequence.length >= sequence.maxPositions
      )
        return;
      next = await sequence.extend(Int32Array.of(next), signal);
    }
  } finally {
    release();
  }
}

function checkSampling({
  temperature = 0,
  topP = 1,
  topK = 0,
  seed = 0,
}: GenerateOptions): Sampling {
  const refuse = (name: string, value: number, range: string): never => {
    throw new AutomodelError('bad-argument', `${name} ${value} is not ${range}`);
  };
  if (!(temperature >= 0 && temperature < Infinity))
    refuse('temperature', temperature, 'a number of at least 0');
  if (!(topP > 0 && topP <= 1)) refuse('top_p', topP, 'above 0 and at most 1');
  if (!Number.isInteger(topK) || topK < 0) refuse('top_k', topK, 'a whole number of at least 0');
  if (!Number.isSafeInteger(seed)) refuse('seed', seed, 'a whole number');
  return { temperature, topP, topK, seed };
}

/**
 * Holds the session's queue until the returned function is called: the caches belong to one
 * sequence at a time.
 */
function hold(session: ModelSession): Promise<() => void> {
  return new Promise((resolve, reject) => {
    session.exclusive(() => new Promise<void>((release) => resolve(release))).catch(reject);
  });
}
