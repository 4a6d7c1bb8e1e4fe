// What a template writes for everything that is like what was traced: the same but for the contents
// of slots, as long as these answer the template's questions alike.
import { PythonError, UnsupportedError } from './failures/failure.js';
import { RenderingBuilder, type Rendering } from './rendering.js';
import { fill } from './text/join.js';
import { segmentsOf, Text } from './text/text.js';
import { isRegister, type Part } from './trace/parts.js';
import { withoutUnused, type Instruction, type Program, type Registers } from './trace/program.js';

export class Trace {
  readonly #slots: readonly Text[];
  readonly #instructions: readonly Instruction[];
  /** Those of them that decide whether the trace holds. */
  readonly #questions: readonly Instruction[];
  /** What stands behind everything that depends on the contents of slots. */
  readonly constantEnd: string;
  readonly #parts: readonly Part[];
  readonly #registers: number;

  /** Made by `Template.trace`. */
  constructor(slots: readonly Text[], { instructions, parts, registers }: Program) {
    this.#slots = slots;
    const needed = parts.filter(isRegister).map(({ register }) => register);
    this.#instructions = withoutUnused(instructions, needed);
    this.#questions = withoutUnused(instructions, []);
    const constants = parts.slice(parts.findLastIndex(isRegister) + 1);
    this.constantEnd = constants.map((part) => (isRegister(part) ? '' : part.text)).join('');
    this.#parts = parts;
    this.#registers = registers;
  }

  /**
   * What `render` gives for the same variables with these contents of the slots; undefined where
   * the template would go another way with them.
   */
  apply(contents: readonly string[]): Rendering | undefined {
    const registers = this.#filled(contents);
    if (!holds(this.#instructions, registers)) return undefined;
    const builder = new RenderingBuilder();
    for (const part of this.#parts) {
      if (!isRegister(part)) builder.add(part);
      else
        for (const segment of segmentsOf(registers[part.register] as Text))
          builder.add(fill(segment, part.filled));
    }
    return builder.finish();
  }

  /** Whether the template goes the traced way with these contents of the slots. */
  holds(contents: readonly string[]): boolean {
    return this.#questions.length === 0 || holds(this.#questions, this.#filled(contents));
  }

  #filled(contents: readonly string[]): Registers {
    const registers: Registers = new Array<string>(this.#registers).fill('');
    for (let i = 0; i < this.#slots.length; i++)
      registers[i] = new Text(contents[i] ?? '', this.#slots[i]?.origin, this.#slots[i]?.mark);
    return registers;
  }
}

/** Does the operations; false where an answer is another, or one of them fails. */
function holds(instructions: readonly Instruction[], registers: Registers): boolean {
  try {
    for (const { execute } of instructions) if (!execute(registers)) return false;
    return true;
  } catch (cause) {
    if (cause instanceof PythonError || cause instanceof UnsupportedError) return false;
    throw cause;
  }
}
