// Answers to held-out rows: one is generated for each row, and is correct if it equals the expected
// one after trimming.
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
  readonly signal?: AbortSignal | undefined;
}

/** The answer that `session` generates, as text. */
async function answerTo(
  session: ModelSession,
  tokenizer: Tokenizer,
  promptIds: readonly number[],
  options: AnswerOptions,
): Promise<string> {
  const { stopIds, maxNewTokens, temperature, topP, seed, signal } = options;
  const room = session.model.maxPositions - promptIds.length + 1;
  const ids: number[] = [];
  for await (const id of generate(session, promptIds, {
    stopIds,
    temperature,
    topP,
    seed,
    signal,
    maxNewTokens: Math.min(maxNewTokens, Math.max(1, room)),
  }))
    ids.push(id);
  return tokenizer.decode(stopIds.includes(ids.at(-1) ?? -1) ? ids.slice(0, -1) : ids, {
    skipSpecialTokens: true,
  });
}

/**
 * Answers the rows of the files in order, one at a time; rows of plain text are skipped. Errors:
 * `bad-data` naming the row.
 */
export async function* answerRows(
  session: ModelSession,
  tokenizer: Tokenizer,
  options: AnswerOptions,
): AsyncGenerator<Answer, void, undefined> {
  for (const file of options.files) {
    for await (const { value, source } of readRows(file)) {
      if (options.rows?.has(locationOf(source)) === false) continue;
      const question = questionOf(
        tokenizer,
        parseRow(value, source, options.format),
        options.useChatTemplate,
      );
      if (question === undefined) continue;
      const { prompt, expected, promptIds } = question;
      const answer = await answerTo(session, tokenizer, promptIds, options);
      yield { prompt, expected, answer, correct: isExact({ answer, expected }), source };
    }
  }
}
