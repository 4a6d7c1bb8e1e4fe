// Which variable a name means in a scope, and what that variable is when the scope is entered: the
// rules of Jinja's compiler (idtracking.py), kept as they are because templates can see them. A
// scope that stores a name has a variable of its own, which begins as that of the scope around it.

/** How a variable gets its value when its scope is entered. */
export type Load =
  /** From outside: a parameter, or the target of a loop. */
  | { readonly kind: 'parameter' }
  /** By its name, from what the template is rendered with. */
  | { readonly kind: 'resolve'; readonly name: string }
  | { readonly kind: 'alias'; readonly variable: string }
  | { readonly kind: 'undefined' };

export class Symbols {
  readonly level: number;
  readonly parent: Symbols | undefined;
  readonly #variables: Map<string, string>;
  readonly #loads: Map<string, Load>;
  readonly #stores: Set<string>;

  private constructor(
    level: number,
    parent: Symbols | undefined,
    variables: Map<string, string>,
    loads: Map<string, Load>,
    stores: Set<string>,
  ) {
    this.level = level;
    this.parent = parent;
    this.#variables = variables;
    this.#loads = loads;
    this.#stores = stores;
  }

  static root(): Symbols {
    return new Symbols(0, undefined, new Map(), new Map(), new Set());
  }

  inner(): Symbols {
    return new Symbols(this.level + 1, this, new Map(), new Map(), new Set());
  }

  /** For a branch: what it adds is merged later. */
  copy(): Symbols {
    return new Symbols(
      this.level,
      this.parent,
      new Map(this.#variables),
      new Map(this.#loads),
      new Set(this.#stores),
    );
  }

  /** The variables of this scope, in the order in which they were met. */
  get loads(): ReadonlyMap<string, Load> {
    return this.#loads;
  }

  findLoad(variable: string): Load | undefined {
    return this.#loads.get(variable) ?? this.parent?.findLoad(variable);
  }

  /** The variable that a name means; undefined where it was not met. */
  find(name: string): string | undefined {
    return this.#variables.get(name) ?? this.parent?.find(name);
  }

  store(name: string): void {
    this.#stores.add(name);
    if (this.#variables.has(name)) return;
    const outer = this.parent?.find(name);
    this.#define(name, outer === undefined ? { kind: 'undefined' } : alias(outer));
  }

  declareParameter(name: string): string {
    this.#stores.add(name);
    return this.#define(name, { kind: 'parameter' });
  }

  load(name: string): void {
    if (this.find(name) === undefined) this.#define(name, { kind: 'resolve', name });
  }

  /** Takes over what branches of a condition added. */
  merge(branches: readonly Symbols[]): void {
    const stored = new Set<string>();
    for (const branch of branches)
      for (const name of branch.#stores) if (!this.#stores.has(name)) stored.add(name);
    for (const branch of branches) {
      for (const [name, variable] of branch.#variables) this.#variables.set(name, variable);
      for (const [variable, load] of branch.#loads) this.#loads.set(variable, load);
      for (const name of branch.#stores) this.#stores.add(name);
    }
    for (const name of stored) {
      const variable = this.find(name);
      if (variable === undefined) continue;
      const outer = this.parent?.find(name);
      this.#loads.set(variable, outer === undefined ? { kind: 'resolve', name } : alias(outer));
    }
  }

  /** All names that this scope and those around it store, with what they mean here. */
  allStores(): Map<string, string> {
    const stores = new Map<string, string>();
    for (let scope: Symbols | undefined = this; scope !== undefined; scope = scope.parent)
      for (const name of scope.#stores) {
        const variable = this.find(name);
        if (variable !== undefined) stores.set(name, variable);
      }
    return stores;
  }

  /** The variables that are parameters of this scope. */
  parameters(): Set<string> {
    const parameters = new Set<string>();
    for (const [variable, { kind }] of this.#loads)
      if (kind === 'parameter') parameters.add(variable);
    return parameters;
  }

  #define(name: string, load: Load): string {
    const variable = `${this.level}.${name}`;
    this.#variables.set(name, variable);
    this.#loads.set(variable, load);
    return variable;
  }
}

function alias(variable: string): Load {
  return { kind: 'alias', variable };
}
