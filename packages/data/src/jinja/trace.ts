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
  readonly #parts: readonly Part[];
  readonly #registers: number;

  /** Made by `Template.trace`. */
  constructor(slots: readonly Text[], { instructions, parts, registers }: Program) {
    this.#slots = slots;
    const needed = parts.filter(isRegister).map(({ register }) => register);
    this.#instructions = withoutUnused(instructions, needed);
    this.#parts = parts;
    this.#registers = registers;
  }

  /**
   * What `render` gives for the same variables with these contents of the slots; undefined where
   * the template would go another way with them.
   */
  apply(contents: readonly string[]): Rendering | undefined {
    const registers: Registers = new Array<string>(this.#registers).fill('');
    for (const [i, slot] of this.#slots.entries())
      registers[i] = new Text(contents[i] ?? '', slot.origin, slot.mark);
    if (!this.#holds(registers)) return undefined;
    const builder = new RenderingBuilder();
    for (const part of this.#parts) {
      if (!isRegister(part)) builder.add(part);
      else
        for (const segment of segmentsOf(registers[part.register] as Text))
          builder.add(fill(segment, part.filled));
    }
    return builder.finish();
  }

  /** Does the operations; false where an answer is another, or one of them fails. */
  #holds(registers: Registers): boolean {
    try {
      for (const { execute } of this.#instructions) if (!execute(registers)) return false;
      return true;
    } catch (cause) {
      if (cause instanceof PythonError || cause instanceof UnsupportedError) return false;
      throw cause;
    }
  }
}
