// Rows that are refused, by what is said of them. Loading ends at the first one, or gathers them to
// its end and throws one error that has the first of each kind and counts the others.
import { AutomodelError } from '@automodel/core';
import { errorAsData, errorFromData, type ErrorData } from './error-data.js';

/** What a wrong row does: ends loading at once, or is gathered with the others. */
export type OnWrongRow = 'throw' | 'collect';

/** How many rows of a kind are named. */
export const NAMED_WRONG_ROWS = 20;
/** Rows of further kinds are counted as one kind, of which none is named. */
const MAX_KINDS = 50;
const FURTHER_KINDS = '';

/** Wrong rows of which the same is said, in order. Structured-clonable. */
export interface WrongRowsOfKind {
  readonly kind: string;
  readonly count: number;
  /** The first of them. */
  readonly first: readonly ErrorData[];
}

/** All wrong rows of a data set as one error; to whoever prints it, it is that of the first row. */
export class WrongRowsError extends AutomodelError {
  /** In order of their first rows. */
  readonly kinds: readonly WrongRowsOfKind[];

  constructor(kinds: readonly WrongRowsOfKind[]) {
    const [first] = kinds.flatMap((kind) => kind.first);
    if (first === undefined) throw new AutomodelError('internal', 'no wrong row is named');
    const { code, said, kind, location, hint, cause } = errorFromData(first);
    super(code, said, { kind, location, hint, cause });
    this.kinds = kinds;
  }
}

/** Gathers wrong rows. */
export class WrongRows {
  readonly #kinds = new Map<string, GrowingKind>();

  get isEmpty(): boolean {
    return this.#kinds.size === 0;
  }

  add(error: AutomodelError): void {
    const list = this.#listOf(kindOf(error));
    list.count++;
    if (list.first.length < list.room) named(list, errorAsData(error));
  }

  /** Adds rows that follow those before. */
  join(kinds: readonly WrongRowsOfKind[]): void {
    for (const { kind, count, first } of kinds) {
      const list = this.#listOf(kind);
      list.count += count;
      for (const error of first) if (list.first.length < list.room) named(list, error);
    }
  }

  /** Adds rows of another data set; those of a file that both have are counted once. */
  joinSet(kinds: readonly WrongRowsOfKind[]): void {
    const news = kinds.map(({ kind, count, first }) => {
      const known = this.#kinds.get(kind)?.first ?? [];
      const rest = first.filter((error) => !known.some((other) => isSame(error, other)));
      return { kind, count: count - first.length + rest.length, first: rest };
    });
    this.join(news.filter(({ count }) => count > 0));
  }

  /** All kinds, in order of their first rows. */
  kinds(): readonly WrongRowsOfKind[] {
    return Array.from(this.#kinds, ([kind, { count, first }]) => ({ kind, count, first }));
  }

  /** What to throw at the end. Errors: `WrongRowsError` unless there are none. */
  throwIfAny(): void {
    if (!this.isEmpty) throw new WrongRowsError(this.kinds());
  }

  /** What to throw where `error` ends loading before its end: rows found before it come first. */
  before(error: unknown): unknown {
    if (this.isEmpty || error instanceof WrongRowsError || !isMistake(error)) return error;
    this.add(error);
    return new WrongRowsError(this.kinds());
  }

  #listOf(kind: string): GrowingKind {
    const known = this.#kinds.get(kind);
    if (known !== undefined) return known;
    const isFurther = kind === FURTHER_KINDS;
    if (this.#kinds.size >= MAX_KINDS && !isFurther) return this.#listOf(FURTHER_KINDS);
    const list = { count: 0, first: [], room: isFurther ? 0 : NAMED_WRONG_ROWS };
    this.#kinds.set(kind, list);
    return list;
  }
}

/** `room`: how many rows may be named. */
interface GrowingKind {
  count: number;
  readonly first: ErrorData[];
  readonly room: number;
}

/** What is wrong with every row, such as a missing template, is said once. */
function named({ first }: GrowingKind, error: ErrorData): void {
  if (!first.some((other) => isSame(error, other))) first.push(error);
}

const isSame = (one: ErrorData, other: ErrorData): boolean =>
  one.location === other.location && one.message === other.message;

const kindOf = ({ code, kind }: AutomodelError): string => `${code}: ${kind}`;

/**
 * Refuses the samples of these numbers, of which the same is said: `errorOf` says it of one.
 * Errors: `WrongRowsError` unless there are none.
 */
export function refuseSamples(
  samples: readonly number[],
  errorOf: (sample: number) => AutomodelError,
): void {
  const named = samples.slice(0, NAMED_WRONG_ROWS).map(errorOf);
  const [first] = named;
  if (first === undefined) return;
  const kind = kindOf(first);
  throw new WrongRowsError([{ kind, count: samples.length, first: named.map(errorAsData) }]);
}

/** Whether the data can be mended: anything else ends loading at once. */
export const isMistake = (error: unknown): error is AutomodelError =>
  error instanceof AutomodelError && error.code !== 'internal' && error.code !== 'aborted';

/** An error behind which nothing of a file could be read. */
export const unread = ({ code, said, kind, location, hint, cause }: AutomodelError) =>
  new AutomodelError(code, `${said}; not all rows of this file were read`, {
    kind,
    location,
    hint,
    cause,
  });
