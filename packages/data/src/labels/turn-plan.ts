// Where the assistant's turns lie in every chat of a shape, found once from what the template
// writes for the chat and for its beginnings (template-traces.ts). A plan exists only where each
// beginning is, piece by piece, how the whole chat begins; then the positions follow from the
// lengths of the pieces, and no text has to be compared.
import type { ChatTemplate } from '../templates/chat-template.js';
import {
  guardsHold,
  type Guard,
  type Slots,
  type Trace,
  type TracedText,
} from '../templates/traced-text.js';
import type { AssistantTurn, RenderedChat } from './assistant-turns.js';

/** A place in a traced text: characters into one of its pieces. */
interface Place {
  readonly piece: number;
  readonly offset: number;
}

interface PlannedTurn {
  readonly message: number;
  readonly start: Place;
  readonly end: Place;
  /** Undefined where it depends on the contents. */
  readonly endsWithSpecialToken: boolean | undefined;
}

/** What the turns of a chat are, given what a template writes. */
export interface TurnPlan {
  readonly text: TracedText;
  readonly guards: readonly Guard[];
  readonly turns: readonly PlannedTurn[];
  readonly specialTokens: readonly string[];
}

/** Finds the end of a turn by its text. */
export type EndOfTurn = (
  text: string,
  span: { readonly start: number; readonly end: number },
) => { readonly start: number; readonly end: number; readonly endsWithSpecialToken: boolean };

/**
 * Plans of one template, by shape and trained messages. A plan is made when a shape comes a second
 * time; after a number of attempts no more are made.
 */
export class TurnPlans {
  static readonly #known = new WeakMap<ChatTemplate, WeakMap<object, TurnPlans>>();
  readonly #plans = new Map<string, { readonly plans: TurnPlan[]; tries: number }>();

  /** Those of a template with these variables. */
  static of(template: ChatTemplate, variables: object = NO_VARIABLES): TurnPlans {
    let known = TurnPlans.#known.get(template);
    if (known === undefined) TurnPlans.#known.set(template, (known = new WeakMap()));
    let plans = known.get(variables);
    if (plans === undefined) known.set(variables, (plans = new TurnPlans()));
    return plans;
  }

  /** The plan under `key` that holds for `slots`, or else the one that `make` finds. */
  find(
    key: string,
    slots: Slots,
    specialTokens: readonly string[],
    make: () => TurnPlan | undefined,
  ): TurnPlan | undefined {
    const known = this.#plans.get(key);
    if (known === undefined) {
      if (this.#plans.size >= MAX_SHAPES) this.#plans.clear();
      this.#plans.set(key, { plans: [], tries: 0 });
      return undefined;
    }
    for (const plan of known.plans)
      if (plan.specialTokens === specialTokens && guardsHold(plan.guards, slots)) return plan;
    if (known.tries >= MAX_TRIES) return undefined;
    known.tries++;
    const plan = make();
    if (plan !== undefined) known.plans.push(plan);
    return plan;
  }
}

const NO_VARIABLES = {};
const MAX_SHAPES = 4096;
const MAX_TRIES = 32;

/**
 * The plan for `whole`, whose turns lie between the ends of `before` and `after`; undefined where a
 * beginning is written differently from the whole.
 */
export function planTurns(
  whole: Trace,
  turns: readonly { readonly message: number; readonly before: Trace; readonly after: Trace }[],
  specialTokens: readonly string[],
): TurnPlan | undefined {
  const guards = new Map(whole.guards.map((guard) => [guard.key, guard]));
  const planned: PlannedTurn[] = [];
  for (const { message, before, after } of turns) {
    for (const guard of [...before.guards, ...after.guards]) guards.set(guard.key, guard);
    const [start, end] = [endWithin(whole.text, before.text), endWithin(whole.text, after.text)];
    if (
      start === undefined ||
      end === undefined ||
      end.piece < start.piece ||
      (end.piece === start.piece && end.offset < start.offset)
    )
      return undefined;
    planned.push({ message, start, ...endOfTurn(whole.text, start, end, specialTokens) });
  }
  return { text: whole.text, guards: [...guards.values()], turns: planned, specialTokens };
}

/** Where `beginning` ends in `text`, if it is how `text` begins. */
function endWithin(text: TracedText, beginning: TracedText): Place | undefined {
  for (const [i, piece] of beginning.entries()) {
    const there = text[i];
    if (there === undefined) return undefined;
    if (typeof piece === 'string') {
      if (typeof there !== 'string') return undefined;
      if (there === piece) continue;
      return i === beginning.length - 1 && there.startsWith(piece)
        ? { piece: i, offset: piece.length }
        : undefined;
    }
    if (typeof there === 'string' || there.key !== piece.key) return undefined;
  }
  return { piece: beginning.length, offset: 0 };
}

/** The turn ends after its special token, where the template itself writes one. */
function endOfTurn(
  text: TracedText,
  start: Place,
  end: Place,
  specialTokens: readonly string[],
): Pick<PlannedTurn, 'end' | 'endsWithSpecialToken'> {
  const piece = end.offset > 0 ? end.piece : end.piece - 1;
  const last = text[piece];
  if (typeof last !== 'string' || piece < start.piece)
    return { end, endsWithSpecialToken: undefined };
  const first = piece === start.piece ? start.offset : 0;
  const written = last.slice(first, end.offset > 0 ? end.offset : undefined).trimEnd();
  if (!specialTokens.some((token) => written.endsWith(token)))
    return { end, endsWithSpecialToken: undefined };
  return { end: { piece, offset: first + written.length }, endsWithSpecialToken: true };
}

/** The chat whose contents are `slots`. */
export function writePlanned(
  { text, turns }: TurnPlan,
  slots: Slots,
  endOf: EndOfTurn,
): RenderedChat {
  let written = '';
  const starts: number[] = [];
  for (const piece of text) {
    starts.push(written.length);
    written += typeof piece === 'string' ? piece : piece.compute(slots);
  }
  starts.push(written.length);
  const found = turns.map(({ message, start, end, endsWithSpecialToken }): AssistantTurn => {
    const span = {
      start: starts[start.piece]! + start.offset,
      end: starts[end.piece]! + end.offset,
    };
    return endsWithSpecialToken === undefined
      ? { message, ...endOf(written, span) }
      : { message, ...span, endsWithSpecialToken };
  });
  return { text: written, turns: found };
}
