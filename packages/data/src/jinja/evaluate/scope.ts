// Scopes while a template is compiled: which variables there are, and in which function's frame
// each has its slot. As in the Python that Jinja compiles to, loops and conditions are no
// functions.
import { TemplateSyntaxError } from '../failures/failure.js';
import { Symbols } from '../scopes/symbols.js';
import type { Frame } from './frame.js';

/** A function: variables have slots in its frame. */
export class Code {
  readonly parent: Code | undefined;
  readonly #slots = new Map<string, number>();
  /** Loops around what is compiled now, within this function. */
  loops = 0;

  constructor(parent?: Code) {
    this.parent = parent;
  }

  get size(): number {
    return this.#slots.size;
  }

  declare(variable: string): number {
    const slot = this.#slots.get(variable) ?? this.#slots.size;
    this.#slots.set(variable, slot);
    return slot;
  }

  find(variable: string): number | undefined {
    return this.#slots.get(variable);
  }
}

export type ScopeKind = 'plain' | 'top' | 'loop' | 'block';

export class Scope {
  readonly symbols: Symbols;
  readonly code: Code;
  readonly kind: ScopeKind;
  /** Within a condition: filters that do not exist are an error only when they are reached. */
  readonly isSoft: boolean;
  /** Parameters of a macro whose defaults are compiled now: they may be missing. */
  readonly pending: ReadonlySet<string>;

  private constructor(
    symbols: Symbols,
    code: Code,
    kind: ScopeKind,
    isSoft: boolean,
    pending: ReadonlySet<string>,
  ) {
    this.symbols = symbols;
    this.code = code;
    this.kind = kind;
    this.isSoft = isSoft;
    this.pending = pending;
  }

  /** That of a template or a block. */
  static root(kind: ScopeKind): Scope {
    return new Scope(Symbols.root(), new Code(), kind, false, new Set());
  }

  /** A scope within; a function where it has code of its own. */
  inner(kind: ScopeKind = 'plain', code: Code = this.code): Scope {
    return new Scope(this.symbols.inner(), code, kind, false, this.pending);
  }

  /** A branch of a condition, which has no variables of its own. */
  soft(): Scope {
    return new Scope(this.symbols, this.code, this.kind, true, this.pending);
  }

  /** The same while defaults of these parameters are compiled. */
  withPending(pending: ReadonlySet<string>): Scope {
    return new Scope(this.symbols, this.code, this.kind, this.isSoft, pending);
  }

  /** The variable of a name. Errors: TemplateSyntaxError where Jinja's compiler knows none. */
  variable(name: string, at: number): string {
    const variable = this.symbols.find(name);
    if (variable === undefined)
      throw new TemplateSyntaxError(`the name '${name}' cannot be used here`, at);
    return variable;
  }

  /** Where a variable is: how many functions further out, and in which slot. */
  place(variable: string): Place {
    let hops = 0;
    for (let code: Code | undefined = this.code; code !== undefined; code = code.parent) {
      const slot = code.find(variable);
      if (slot !== undefined) return { hops, slot };
      hops++;
    }
    return { hops: 0, slot: this.code.declare(variable) };
  }

  /** Gives the variables of this scope their slots, and what they begin with when it is entered. */
  enter(): (frame: Frame) => void {
    const variables = [...this.symbols.loads];
    for (const [variable] of variables) this.code.declare(variable);
    const actions = variables.flatMap(([variable]) => this.#loading(variable) ?? []);
    if (actions.length === 0) return nothing;
    return (frame) => {
      for (const action of actions) action(frame);
    };
  }

  #loading(variable: string): ((frame: Frame) => void) | undefined {
    const load = this.symbols.loads.get(variable);
    const slot = this.code.declare(variable);
    switch (load?.kind) {
      case 'resolve': {
        const { name } = load;
        return (frame) => (frame.slots[slot] = frame.context.resolve(name));
      }
      case 'alias': {
        const from = this.place(load.variable);
        return (frame) => (frame.slots[slot] = frameAt(frame, from.hops).slots[from.slot]);
      }
      case 'undefined':
        return (frame) => (frame.slots[slot] = undefined);
      default:
        return undefined;
    }
  }

  /** Makes the variables of this scope missing again. */
  leave(): (frame: Frame) => void {
    const slots = Array.from(this.symbols.loads.keys(), (variable) => this.code.declare(variable));
    return (frame) => {
      for (const slot of slots) frame.slots[slot] = undefined;
    };
  }
}

export interface Place {
  readonly hops: number;
  readonly slot: number;
}

export function frameAt(frame: Frame, hops: number): Frame {
  let found = frame;
  for (let left = hops; left > 0 && found.parent !== undefined; left--) found = found.parent;
  return found;
}

function nothing(): void {
  // A scope without variables.
}
