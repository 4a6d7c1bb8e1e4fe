// What has been said: a system message and turns of a user and an assistant. Pure data; the model
// and the terminal are elsewhere.
import type { ChatMessage } from '@automodel/data';

interface Turn {
  readonly user: string;
  /** Undefined while it is being answered. */
  answer: string | undefined;
}

export class Conversation {
  system: string | undefined;
  #turns: Turn[] = [];

  constructor(system?: string) {
    this.system = system;
  }

  get turns(): number {
    return this.#turns.length;
  }

  /** All messages, the system's first. */
  get messages(): readonly ChatMessage[] {
    const system = this.system === undefined ? [] : [{ role: 'system', content: this.system }];
    return [
      ...system,
      ...this.#turns.flatMap(({ user, answer }) => [
        { role: 'user', content: user },
        ...(answer === undefined ? [] : [{ role: 'assistant', content: answer }]),
      ]),
    ];
  }

  ask(user: string): void {
    this.#turns.push({ user, answer: undefined });
  }

  answer(text: string): void {
    const last = this.#turns.at(-1);
    if (last !== undefined) last.answer = text;
  }

  /** Forgets the last turn; false where there is none. */
  undo(): boolean {
    return this.#turns.pop() !== undefined;
  }

  /** Forgets the oldest turn; false where only the one to be answered is left. */
  dropOldest(): boolean {
    return this.#turns.length > 1 && this.#turns.shift() !== undefined;
  }

  reset(): void {
    this.#turns = [];
  }
}
