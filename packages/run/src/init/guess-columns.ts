// Which columns hold question and answer, guessed from what is in them: an answer is short, has few
// distinct values and follows from the question; a question is longer and often asks. Names only
// add to it. Every ordered pair gets a score, and the guess is the best one if it is clearly so.
import type { JsonObject } from '@automodel/data';
import { usableColumns, wordsOf, type ColumnProfile } from './column-profile.js';
import { labelLift } from './label-lift.js';
import type { ColumnPair } from './recipe-choice.js';

/** A guess and what speaks for it. */
export interface ColumnGuess extends ColumnPair {
  /** The answer is one of a few labels. */
  readonly isLabel: boolean;
  /** How much better than chance the label follows from the question, from 0 to 1. */
  readonly lift: number;
  /** Characters of a question on average. */
  readonly questionLength: number;
  /** The answer's name says that it is one. */
  readonly isNamed: boolean;
}

const QUESTION_NAMES = new Set(
  (
    'question query prompt input instruction request message problem text sentence comment ' +
    'review body content ticket subject utterance source email post description'
  ).split(' '),
);
const ANSWER_NAMES = new Set(
  (
    'answer response reply output completion solution label category class sentiment intent ' +
    'target summary translation topic tag result'
  ).split(' '),
);

/** What each observation adds to the score of a pair. */
const SCORES = {
  named: 1,
  asks: 1.5,
  answersInWords: 1.5,
  rightOf: 0.8,
  longest: 0.3,
  shorter: 0.3,
  number: 0.5,
  lift: 1.5,
  unrelatedLabel: -0.5,
  labelAsQuestion: -2,
} as const;
/** Labels that are predicted less than this better than by chance do not follow. */
const FOLLOWS = 0.1;
/** By how much the best pair must be ahead of the next. */
const CLEAR = 0.15;
const FEW_WORDS = 3;
const OFTEN = 0.5;

const isNamed = (name: string, names: ReadonlySet<string>): boolean =>
  wordsOf(name.replace(/([a-z])([A-Z])/g, '$1 $2').replaceAll('_', ' ')).some((word) =>
    names.has(word),
  );

interface Scored {
  readonly guess: ColumnGuess;
  readonly score: number;
}

const add = (condition: boolean, value: number): number => (condition ? value : 0);

/** How much the names speak for a pair. */
const nameScore = (question: string, answer: string): number =>
  SCORES.named *
  (add(isNamed(question, QUESTION_NAMES), 1) +
    add(isNamed(answer, ANSWER_NAMES), 1) -
    add(isNamed(question, ANSWER_NAMES), 1) -
    add(isNamed(answer, QUESTION_NAMES), 1));

function scoreOf(question: ColumnProfile, answer: ColumnProfile, longest: number): Scored {
  const lift = answer.isLabel ? labelLift(question.values, answer.values) : 0;
  const asks = question.questions >= OFTEN;
  const isShorter =
    answer.meanWords <= FEW_WORDS && answer.meanLength < question.meanLength * OFTEN;
  const score =
    nameScore(question.name, answer.name) +
    SCORES.longest * (question.meanLength / longest) +
    add(asks, SCORES.asks) -
    add(answer.questions >= OFTEN, SCORES.asks) +
    add(asks && answer.meanWords >= FEW_WORDS && !answer.isLabel, SCORES.answersInWords) +
    add(answer.place > question.place, SCORES.rightOf) +
    add(isShorter, SCORES.shorter) +
    add(answer.isNumber, SCORES.number) -
    add(question.isNumber, SCORES.number) +
    add(question.isLabel, SCORES.labelAsQuestion) +
    add(answer.isLabel, lift >= FOLLOWS ? SCORES.lift * lift : SCORES.unrelatedLabel);
  return {
    score,
    guess: {
      prompt: question.name,
      completion: answer.name,
      isLabel: answer.isLabel,
      lift,
      questionLength: question.meanLength,
      isNamed: isNamed(answer.name, ANSWER_NAMES),
    },
  };
}

/** The columns of question and answer in `rows`; undefined where several pairs are as likely. */
export function guessColumns(rows: readonly JsonObject[]): ColumnGuess | undefined {
  const columns = usableColumns(rows);
  const longest = Math.max(...columns.map(({ meanLength }) => meanLength));
  const [best, next] = columns
    .flatMap((question) =>
      columns
        .filter((answer) => answer !== question)
        .map((answer) => scoreOf(question, answer, longest)),
    )
    .sort((a, b) => b.score - a.score);
  if (best === undefined || best.score <= 0) return undefined;
  const { isLabel, lift, isNamed: says } = best.guess;
  // of several columns, a label that does not follow is as good as any other
  if (columns.length > 2 && isLabel && lift < FOLLOWS && !says) return undefined;
  return next !== undefined && best.score - next.score < CLEAR ? undefined : best.guess;
}
