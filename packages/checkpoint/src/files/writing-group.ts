// Processes that write the same files together. All of them make the same calls; what fails in one
// of them fails in all, with an error that names it, so that none waits for another that has given
// up. A process that fails says so in place of its next text.
import { AutomodelError, type ErrorCode } from '@automodel/core';

/** The processes that write together, and this one's place among them. */
export interface WritingGroup {
  readonly rank: number;
  readonly size: number;
  /** The texts of all processes, in the order of ranks. */
  exchange(text: string): Promise<readonly string[]>;
}

/** One process that writes by itself. */
export const ALONE: WritingGroup = {
  rank: 0,
  size: 1,
  exchange: (text) => Promise.resolve([text]),
};

/** What a process gives: a text, or why it has none. */
interface Given {
  readonly text?: string;
  readonly error?: {
    readonly code: ErrorCode;
    readonly said: string;
    readonly location?: string | undefined;
    readonly hint?: string | undefined;
  };
}

/** Errors that every process knows of. */
const known = new WeakSet<object>();

/**
 * Runs `work` in every process and gives the texts of all. Within `work` there may be further calls
 * of it. Errors: those of `work` in any process, the same in all of them; where there are several
 * processes, an AutomodelError that names the rank.
 */
export async function together(
  group: WritingGroup,
  work: () => Promise<string>,
): Promise<readonly string[]> {
  if (group.size === 1) return [await work()];
  let given: Given;
  let own: unknown;
  try {
    given = { text: await work() };
  } catch (cause) {
    if (cause instanceof Error && known.has(cause)) throw cause;
    own = cause;
    given = { error: errorParts(cause) };
  }
  const all = (await group.exchange(JSON.stringify(given))).map(
    (text) => JSON.parse(text) as Given,
  );
  const failed = all.findIndex(({ error }) => error !== undefined);
  const error = all[failed]?.error;
  if (error === undefined) return all.map(({ text = '' }) => text);
  const { code, said, location, hint } = error;
  const shared = new AutomodelError(code, `rank ${failed}: ${said}`, {
    location,
    hint,
    cause: failed === group.rank ? own : undefined,
  });
  known.add(shared);
  throw shared;
}

/** Runs `work` in every process, and returns what it gave in this one. Errors: as of `together`. */
export async function allSucceed<T>(group: WritingGroup, work: () => Promise<T>): Promise<T> {
  const results: T[] = [];
  await together(group, async () => {
    results.push(await work());
    return '';
  });
  return results[0]!;
}

/** Runs `work` in the first process only, and gives its text to all. Errors: as of `together`. */
export async function byFirst(group: WritingGroup, work: () => Promise<string>): Promise<string> {
  const [text = ''] = await together(group, () =>
    group.rank === 0 ? work() : Promise.resolve(''),
  );
  return text;
}

/** Runs `work` in the first process only; all wait for it. Errors: as of `together`. */
export async function firstDoes(group: WritingGroup, work: () => Promise<unknown>): Promise<void> {
  await byFirst(group, async () => {
    await work();
    return '';
  });
}

function errorParts(cause: unknown): NonNullable<Given['error']> {
  if (!(cause instanceof AutomodelError))
    return { code: 'internal', said: cause instanceof Error ? cause.message : String(cause) };
  const { code, said, location, hint } = cause;
  return { code, said, location, hint };
}
