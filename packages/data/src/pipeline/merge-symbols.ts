// Merges the symbols of one word, lowest rank first and, among equal ranks, from the left. Words
// are short and are searched anew for each merge; a whole text without words is a linked list with
// a queue of candidates, so that it takes n log n steps.
import type { Merge, MergeTable } from './merge-table.js';

/** Longer texts have a queue. */
const SHORT = 48;

interface Candidate {
  readonly rank: number;
  readonly place: number;
  readonly id: number;
}

const comesBefore = (a: Candidate, b: Candidate): boolean =>
  a.rank !== b.rank ? a.rank < b.rank : a.place < b.place;

/** The ids that are left of `symbols` when no merge applies any more. */
export function mergeSymbols(symbols: readonly number[], merges: MergeTable): number[] {
  return symbols.length <= SHORT ? mergeShort(symbols, merges) : mergeLong(symbols, merges);
}

function mergeShort(symbols: readonly number[], merges: MergeTable): number[] {
  const ids = [...symbols];
  const candidates: (Merge | undefined)[] = [];
  for (let place = 0; place + 1 < ids.length; place++)
    candidates.push(merges.get(ids[place]!, ids[place + 1]!));
  for (;;) {
    let best: Merge | undefined;
    let at = 0;
    for (let place = 0; place < candidates.length; place++) {
      const candidate = candidates[place];
      if (candidate === undefined || (best !== undefined && candidate.rank >= best.rank)) continue;
      best = candidate;
      at = place;
    }
    if (best === undefined) return ids;
    ids[at] = best.id;
    ids.splice(at + 1, 1);
    candidates.splice(at, 1);
    if (at > 0) candidates[at - 1] = merges.get(ids[at - 1]!, best.id);
    if (at < candidates.length) candidates[at] = merges.get(best.id, ids[at + 1]!);
  }
}

function mergeLong(symbols: readonly number[], merges: MergeTable): number[] {
  const word = new LinkedWord(symbols);
  const queue = new CandidateQueue();
  const offer = (place: number): void => {
    const next = word.after(place);
    if (place < 0 || next < 0) return;
    const merge = merges.get(word.id(place), word.id(next));
    if (merge !== undefined) queue.push({ rank: merge.rank, place, id: merge.id });
  };
  for (let place = 0; place + 1 < symbols.length; place++) offer(place);
  for (let top = queue.pop(); top !== undefined; top = queue.pop()) {
    const { place, id } = top;
    const next = word.after(place);
    // The neighbours may have become others since.
    if (next < 0 || merges.get(word.id(place), word.id(next))?.id !== id) continue;
    word.join(place, id);
    offer(word.before(place));
    offer(place);
  }
  return word.ids();
}

/** Symbols by their first places; -1 where there is none. */
class LinkedWord {
  readonly #ids: Int32Array;
  readonly #next: Int32Array;
  readonly #previous: Int32Array;

  constructor(symbols: readonly number[]) {
    this.#ids = Int32Array.from(symbols);
    const last = symbols.length - 1;
    this.#next = Int32Array.from(symbols, (_, i) => (i === last ? -1 : i + 1));
    this.#previous = Int32Array.from(symbols, (_, i) => i - 1);
  }

  /** -1 for a symbol that was joined to another. */
  id(place: number): number {
    return this.#ids[place] ?? -1;
  }

  after(place: number): number {
    return this.#ids[place] === -1 ? -1 : (this.#next[place] ?? -1);
  }

  before(place: number): number {
    return this.#previous[place] ?? -1;
  }

  /** Joins the next symbol to this one. */
  join(place: number, id: number): void {
    const gone = this.after(place);
    const next = this.after(gone);
    this.#ids[place] = id;
    this.#ids[gone] = -1;
    this.#next[place] = next;
    if (next >= 0) this.#previous[next] = place;
  }

  ids(): number[] {
    return Array.from(this.#ids.filter((id) => id !== -1));
  }
}

/** A binary heap. */
class CandidateQueue {
  readonly #heap: Candidate[] = [];

  push(candidate: Candidate): void {
    const heap = this.#heap;
    let at = heap.length;
    heap.push(candidate);
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!comesBefore(candidate, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = candidate;
  }

  pop(): Candidate | undefined {
    const heap = this.#heap;
    const top = heap[0];
    const last = heap.pop();
    if (top === undefined || last === undefined || heap.length === 0) return top;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && comesBefore(heap[child + 1]!, heap[child]!)) child++;
      if (!comesBefore(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
    return top;
  }
}
