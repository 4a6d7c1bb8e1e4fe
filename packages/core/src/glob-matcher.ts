// Path patterns: `*` and `?` stay inside one folder, `**` crosses folders, `[abc]`, `[a-z]` and
// `[!abc]` are one of some characters, and `{a,b}` is one of some patterns. All ways to match are
// followed at once, so that the time is the length of pattern times path, whatever the pattern is.

type Takes = (character: string) => boolean;

/** Takes a character and goes to `next`; without `takes`, goes to all of `next` at once. */
interface State {
  readonly takes?: Takes;
  readonly next: number[];
}

const PIECES = /\*\*\/|\*\*|[*?{},]|\[!?[^\]/]+\]|[^]/gu;
const inFolder: Takes = (character) => character !== '/';
const anything: Takes = () => true;

/** Whether a path matches `glob`. What is not a pattern, such as a lone bracket, matches itself. */
export function globMatcher(glob: string): (path: string) => boolean {
  const states: State[] = [{ next: [] }];
  const start = new GlobReader(glob.match(PIECES) ?? [], states).read(END);
  return (path) => {
    let current = reached(states, [start]);
    for (const character of path) {
      const next = [...current].flatMap((at) => {
        const { takes, next: then } = states[at]!;
        return takes?.(character) === true ? then : [];
      });
      current = reached(states, next);
      if (current.size === 0) return false;
    }
    return current.has(END);
  };
}

/** The state of a path that matches. */
const END = 0;

/** Braces within more braces than this are ordinary characters: nobody writes them. */
const MAX_DEPTH = 100;

function reached(states: readonly State[], from: readonly number[]): ReadonlySet<number> {
  const found = new Set<number>();
  const waiting = [...from];
  for (let at = waiting.pop(); at !== undefined; at = waiting.pop()) {
    if (found.has(at)) continue;
    found.add(at);
    const { takes, next } = states[at]!;
    if (takes === undefined) waiting.push(...next);
  }
  return found;
}

/** Makes states of the pieces of a pattern, from its end to its beginning. */
class GlobReader {
  readonly #pieces: readonly string[];
  readonly #states: State[];
  /** Where the braces close that open at a piece; others are ordinary characters. */
  readonly #closing: ReadonlyMap<number, number>;

  constructor(pieces: readonly string[], states: State[]) {
    this.#pieces = pieces;
    this.#states = states;
    this.#closing = closingBraces(pieces);
  }

  /** The state before the pieces `from` to `to`, behind which `then` follows. */
  read(then: number, from = 0, to = this.#pieces.length): number {
    const starts: (readonly [from: number, to: number])[] = [];
    for (let at = from; at < to; at++) {
      const end = this.#closing.get(at) ?? at;
      starts.push([at, end]);
      at = end;
    }
    return starts.reduceRight(
      (after, [begin, end]) =>
        begin === end ? this.#piece(this.#pieces[begin]!, after) : this.#choice(begin, end, after),
      then,
    );
  }

  #choice(open: number, close: number, then: number): number {
    const next: number[] = [];
    let from = open + 1;
    for (let at = from; at <= close; at++) {
      if (at === close || this.#pieces[at] === ',') {
        next.push(this.read(then, from, at));
        from = at + 1;
      } else at = this.#closing.get(at) ?? at;
    }
    return this.#add({ next });
  }

  #piece(piece: string, then: number): number {
    if (piece === '*') return this.#repeated(inFolder, then);
    if (piece === '**') return this.#repeated(anything, then);
    if (piece === '**/') {
      const slash = this.#add({ takes: (character) => character === '/', next: [then] });
      return this.#add({ next: [then, this.#repeated(anything, slash)] });
    }
    return this.#add({ takes: takenBy(piece), next: [then] });
  }

  #repeated(takes: Takes, then: number): number {
    const next = [then];
    const loop = this.#add({ next });
    next.push(this.#add({ takes, next: [loop] }));
    return loop;
  }

  #add(state: State): number {
    return this.#states.push(state) - 1;
  }
}

function closingBraces(pieces: readonly string[]): ReadonlyMap<number, number> {
  const open: number[] = [];
  const closing = new Map<number, number>();
  for (const [at, piece] of pieces.entries()) {
    if (piece === '{') open.push(at);
    if (piece !== '}') continue;
    const opened = open.pop();
    if (opened !== undefined && open.length < MAX_DEPTH) closing.set(opened, at);
  }
  return closing;
}

/** For a piece that takes one character. */
function takenBy(piece: string): Takes {
  if (piece === '?') return inFolder;
  const [, not, characters] = /^\[(!?)(.+)\]$/su.exec(piece) ?? [];
  if (characters === undefined) return (character) => character === piece;
  const ranges = characters.match(/.-.|./gsu) ?? [];
  return (character) =>
    inFolder(character) && ranges.some((range) => isWithin(character, range)) === (not === '');
}

function isWithin(character: string, range: string): boolean {
  const [first = '', , last = first] = Array.from(range);
  return character >= first && character <= last;
}
