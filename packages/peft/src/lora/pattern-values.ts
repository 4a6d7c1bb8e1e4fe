// `rank_pattern` and `alpha_pattern` of an adapter: values for modules by patterns of their names.
import { listBudget, matchingEnds } from './name-pattern.js';

export class PatternValues {
  readonly #key: string;
  readonly #values: readonly (readonly [pattern: string, value: unknown])[];
  readonly #names: readonly string[];
  readonly #budget = listBudget();
  /** By pattern: all names are matched at once, and asked for one by one. */
  readonly #matching = new Map<string, ReadonlySet<string>>();

  /** `values`: what stands under the key; `names`: of all modules there are. */
  constructor(key: string, values: unknown, names: readonly string[]) {
    this.#key = key;
    this.#values = Object.entries((values ?? {}) as Record<string, unknown>);
    this.#names = names;
  }

  /**
   * The value of the first pattern that matches the module's name or its last parts, as in PEFT.
   * Errors: those of `matchingEnds`.
   */
  valueFor(module: string): unknown {
    return this.#values.find(([pattern]) => this.#matched(pattern).has(module))?.[1];
  }

  #matched(pattern: string): ReadonlySet<string> {
    const known = this.#matching.get(pattern);
    if (known !== undefined) return known;
    const found = matchingEnds(pattern, this.#names, this.#key, this.#budget);
    this.#matching.set(pattern, found);
    return found;
  }
}
