// Records what a template does with texts that come from slots. The template runs for real: every
// text has its characters, and the recorder knows beside them which register would hold it in
// another rendering.
import { joinTexts, fillChunks } from '../text/join.js';
import type { Answer, Chunk, Recorder } from '../text/operation.js';
import { segmentsOf, Text, type Str } from '../text/text.js';
import { assemble, fillPart, isRegister, UNFILLED, type Part } from './parts.js';
import {
  condition,
  hasLength,
  itemOf,
  operation,
  type Instruction,
  type Operand,
  type Program,
} from './program.js';

/**
 * Beyond that a trace is of no use: most of it would be questions that only one chat answers so.
 */
const MOST_INSTRUCTIONS = 10_000;
const MOST_PARTS = 200_000;

export class TraceRecorder implements Recorder {
  /** What texts are made of that depend on slots, by their identity. */
  readonly #parts = new Map<Text, readonly Part[]>();
  /** Registers of items of lists, made when they are needed. */
  readonly #items = new Map<Text, () => number>();
  readonly #instructions: Instruction[] = [];
  readonly #results = new Map<string, Str | readonly Str[]>();
  readonly #asked = new Set<string>();
  readonly #numbers = new Map<unknown, number>();
  #registers: number;
  #partCount = 0;

  constructor(slots: readonly Text[]) {
    this.#registers = slots.length;
    for (const [register, slot] of slots.entries())
      this.#parts.set(slot, [{ register, filled: UNFILLED }]);
  }

  get #isFull(): boolean {
    return this.#instructions.length > MOST_INSTRUCTIONS || this.#partCount > MOST_PARTS;
  }

  operate<A extends readonly unknown[], R extends Str | readonly Str[]>(
    apply: (...operands: A) => R,
    operands: A,
  ): R {
    if (this.#isFull || !this.#depends(operands)) return apply(...operands);
    const key = this.#keyOf(apply, operands);
    const known = this.#results.get(key);
    if (known !== undefined) return known as R;
    const result = apply(...operands);
    const register = this.#registers++;
    this.#instructions.push(operation(apply, operands.map(this.#operand), register));
    const texts = isList(result)
      ? this.#list(register, result)
      : this.#known(result, [{ register, filled: UNFILLED }]);
    this.#results.set(key, texts);
    return texts as R;
  }

  answer<A extends readonly unknown[], R extends Answer>(
    apply: (...operands: A) => R,
    operands: A,
  ): R {
    const answer = apply(...operands);
    if (this.#isFull || !this.#depends(operands)) return answer;
    const key = this.#keyOf(apply, operands);
    if (this.#asked.has(key)) return answer;
    this.#asked.add(key);
    this.#instructions.push(condition(apply, operands.map(this.#operand), answer));
    return answer;
  }

  join(parts: readonly Str[]): Str {
    const text = joinTexts(parts);
    if (this.#isFull || !this.#depends(parts)) return text;
    return this.#known(text, parts.flatMap(this.#partsOf));
  }

  written(chunks: readonly Chunk[]): Str {
    const text = fillChunks(chunks);
    if (this.#isFull || !chunks.some((chunk) => this.#depends(chunk.text))) return text;
    const parts = chunks.flatMap((chunk) =>
      this.#partsOf(chunk.text).map((part) => fillPart(part, chunk.filled)),
    );
    return this.#known(text, parts);
  }

  external(ask: () => string): string {
    const answer = ask();
    this.#instructions.push(condition(ask, [], answer));
    return answer;
  }

  /** The program that ends in this text; undefined where it would be too long. */
  finish(text: Str): Program | undefined {
    if (this.#isFull) return undefined;
    return {
      instructions: this.#instructions,
      parts: this.#partsOf(text),
      registers: this.#registers,
    };
  }

  /** Whether an operand is made from slots. */
  #depends(operand: unknown): boolean {
    if (operand instanceof Text) return this.#parts.has(operand) || this.#items.has(operand);
    return Array.isArray(operand) && operand.some((item) => this.#depends(item));
  }

  /** The text as an object of its own, of which it is known what it is made of. */
  #known(result: Str, parts: readonly Part[]): Text {
    const text = ownText(result);
    this.#parts.set(text, parts);
    this.#partCount += parts.length;
    return text;
  }

  #list(register: number, results: readonly Str[]): Text[] {
    this.#instructions.push(hasLength(register, results.length));
    return results.map((result, index) => {
      const text = ownText(result);
      this.#items.set(text, () => {
        const item = this.#registers++;
        this.#instructions.push(itemOf(register, index, item));
        return item;
      });
      return text;
    });
  }

  readonly #partsOf = (text: Str): readonly Part[] => {
    if (typeof text === 'string') return segmentsOf(text);
    const parts = this.#parts.get(text);
    if (parts !== undefined) return parts;
    const item = this.#items.get(text);
    if (item === undefined) return segmentsOf(text);
    const made: readonly Part[] = [{ register: item(), filled: UNFILLED }];
    this.#parts.set(text, made);
    return made;
  };

  /** A register where the operand is made from slots. */
  readonly #operand = (operand: unknown): Operand => {
    if (!this.#depends(operand)) return { constant: operand };
    if (Array.isArray(operand)) return { list: operand.map(this.#operand) };
    const text = operand as Text;
    const parts = this.#partsOf(text);
    const [first] = parts;
    if (first !== undefined && parts.length === 1 && isRegister(first) && isUnfilled(first))
      return { register: first.register };
    return { register: this.#assembled(text, parts) };
  };

  /** The register of a text that was put together, which is done once. */
  #assembled(text: Text, parts: readonly Part[]): number {
    const register = this.#registers++;
    const registers = parts.filter(isRegister).map((part) => ({ register: part.register }));
    const apply = (contents: readonly Str[]): Str => assemble(parts, contents);
    this.#instructions.push(operation(apply, [{ list: registers }], register));
    this.#parts.set(text, [{ register, filled: UNFILLED }]);
    return register;
  }

  #keyOf(apply: unknown, operands: readonly unknown[]): string {
    const keys = operands.map((operand) => this.#operandKey(operand));
    return `${this.#numberOf(apply)}(${keys.join()})`;
  }

  #operandKey(operand: unknown): string {
    if (Array.isArray(operand)) return `[${operand.map((item) => this.#operandKey(item)).join()}]`;
    if (typeof operand === 'string') return JSON.stringify(operand);
    if (typeof operand === 'object' && operand !== null) return `#${this.#numberOf(operand)}`;
    return `${typeof operand} ${String(operand)}`;
  }

  #numberOf(object: unknown): number {
    const number = this.#numbers.get(object) ?? this.#numbers.size;
    this.#numbers.set(object, number);
    return number;
  }
}

function isList(result: Str | readonly Str[]): result is readonly Str[] {
  return Array.isArray(result);
}

function isUnfilled({ filled }: { readonly filled: Chunk['filled'] }): boolean {
  return filled.origin === undefined && filled.mark === undefined;
}

function ownText(text: Str): Text {
  return typeof text === 'string'
    ? new Text(text)
    : new Text(text.text, text.origin, text.mark, text.segments, text.markup);
}
