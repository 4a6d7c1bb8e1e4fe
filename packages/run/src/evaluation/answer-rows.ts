// Answers to held-out rows: one is generated for each row, and is correct if it equals the expected
// one after trimming. Processes that hold the whole model share the rows; those that hold parts of
// it answer every row together. All of them get all answers, in the order of the rows.
import type { Ranks } from '@automodel/contracts';
import {
  locationOf,
  parseRow,
  readRows,
  type DataFile,
  type FormatOptions,
  type RowSource,
  type Tokenizer,
} from '@automodel/data';
import { generate } from '@automodel/generate';
import { type ModelSession } from '@automodel/session';
import { Stop } from '@automodel/train';
import { isExact, type AnsweredQuestion } from './metrics/metric.js';
import { questionOf } from './reference-answer.js';

/** One generated answer. */
export interface Answer extends AnsweredQuestion {
  readonly correct: boolean;
  readonly source: RowSource;
}

/** Which rows are answered, and how answers are generated. */
export interface AnswerOptions {
  readonly files: readonly DataFile[];
  /** Rows to answer, as `file:row`; absent: all. */
  readonly rows?: ReadonlySet<string> | undefined;
  readonly format?: FormatOptions | undefined;
  readonly useChatTemplate?: boolean | undefined;
  /** Ids that end an answer. */
  readonly stopIds: readonly number[];
  readonly maxNewTokens: number;
  readonly temperature?: number | undefined;
  readonly topP?: number | undefined;
  readonly seed?: number | undefined;
  readonly stop?: Stop | undefined;
}

/** The answer that `session` generates, as text. */
async function answerTo(
  session: ModelSession,
  tokenizer: Tokenizer,
  promptIds: readonly number[],
  options: AnswerOptions,
): Promise<string> {
  const { stopIds, maxNewTokens, temperature, topP, seed, stop } = options;
  const room = session.model.maxPositions - promptIds.length + 1;
  const ids: number[] = [];
  for await (const id of generate(session, promptIds, {
    stopIds,
    temperature,
    topP,
    seed,
    signal: stop?.signal,
    maxNewTokens: Math.min(maxNewTokens, Math.max(1, room)),
  }))
    ids.push(id);
  return tokenizer.decode(stopIds.includes(ids.at(-1) ?? -1) ? ids.slice(0, -1) : ids, {
    skipSpecialTokens: true,
  });
}

/** A question, and the row that it was made of. */
type AskedRow = NonNullable<ReturnType<typeof questionOf>> & Pick<Answer, 'source'>;

/**
 * Answers the rows of the files in order; rows of plain text are skipped. Errors: `bad-data` naming
 * the row; `aborted`.
 */
export async function* answerRows(
  session: ModelSession,
  tokenizer: Tokenizer,
  options: AnswerOptions,
): AsyncGenerator<Answer, void, undefined> {
  const { host, interceptor } = session.parallelism;
  const { stop = new Stop() } = options;
  const sharers: Ranks = interceptor === undefined ? host : { size: 1, rank: 0 };
  for await (const round of rounds(askedRows(tokenizer, options), sharers.size)) {
    const own = round[sharers.rank];
    const text = own && (await answerTo(session, tokenizer, own.promptIds, options));
    const texts = sharers.size === 1 ? [text] : await host.exchange(text ?? '');
    for (const [i, { prompt, expected, source }] of round.entries()) {
      const answer = texts[i] ?? '';
      yield { prompt, expected, answer, correct: isExact({ answer, expected }), source };
    }
    if (await stop.agree()) stop.throwIfRequested('the evaluation');
  }
}

async function* askedRows(
  tokenizer: Tokenizer,
  { files, rows, format, useChatTemplate }: AnswerOptions,
): AsyncGenerator<AskedRow, void, undefined> {
  for (const file of files) {
    for await (const { value, source } of readRows(file)) {
      if (rows?.has(locationOf(source)) === false) continue;
      const question = questionOf(tokenizer, parseRow(value, source, format), useChatTemplate);
      if (question !== undefined) yield { ...question, source };
    }
  }
}

/** `size` of them at a time; the last time what is left. */
async function* rounds<T>(
  all: AsyncIterable<T>,
  size: number,
): AsyncGenerator<readonly T[], void, undefined> {
  let round: T[] = [];
  for await (const one of all) {
    round.push(one);
    if (round.length < size) continue;
    yield round;
    round = [];
  }
  if (round.length > 0) yield round;
}
