// What the first process knows of all of them: who is there, what each has called, who has left.
// It answers a call when all have made it, and says once, to everybody, why a run cannot go on.
import { nameOf, type Call, type ErrorData, type Member, type Message } from '../wire/messages.js';
import type { Peer } from './peer.js';
import { Pulse, type Pace } from './pulse.js';
import { Refusals, type Refused } from './refusals.js';

/** A call that not all have made yet. */
interface Gathering {
  readonly call: Call;
  readonly since: number;
  readonly texts: Map<number, string>;
  isNoted: boolean;
}

export interface CoordinatorOptions {
  readonly size: number;
  /** Milliseconds in which all have to come, and after which a call is remarked on. */
  readonly timeout: number;
  readonly pace: Pace;
  readonly now: () => number;
  /** Called with what a user may want to know. */
  readonly onNote: (text: string) => void;
  /** Called when all are there, or will not be. */
  readonly onSettled: () => void;
}

export class Coordinator {
  readonly #options: CoordinatorOptions;
  readonly #peers = new Map<number, Peer>();
  readonly #left = new Set<number>();
  readonly #gatherings = new Map<string, Gathering>();
  readonly #pulse: Pulse<number>;
  readonly #began: number;
  readonly #refusals: Refusals;
  #lost: ErrorData | undefined;

  constructor(options: CoordinatorOptions) {
    this.#options = options;
    this.#began = options.now();
    this.#refusals = new Refusals(options);
    this.#pulse = new Pulse(options.pace, this.#began);
  }

  /**
   * A process that knows the secret; `size` is how many processes it expects. Returns whether it
   * takes part. One that does not fit ends a run that waits for processes, and no other.
   */
  admit(peer: Peer, size: number): boolean {
    const before = this.#peers.get(peer.rank);
    const wrong = this.#lost ?? this.#misfit(peer, size, before);
    if (wrong !== undefined) {
      peer.send({ type: 'lost', error: wrong });
      if (!this.#isComplete) this.lose(wrong);
      return false;
    }
    this.#peers.set(peer.rank, peer);
    this.#pulse.heard(peer.rank, this.#options.now());
    if (this.#isComplete) this.#complete();
    return true;
  }

  get #isComplete(): boolean {
    return this.#peers.size === this.#options.size;
  }

  #complete(): void {
    this.#options.onSettled();
    const members = [...this.#peers.values()]
      .map(({ rank, machine, process }): Member => ({ rank, machine, process }))
      .sort((one, other) => one.rank - other.rank);
    this.#tell({ type: 'complete', members });
  }

  /**
   * Somebody could not come in. A rank that is missing under whose name it came has to come soon;
   * else this is why it does not.
   */
  refused(somebody: Refused): void {
    this.#refusals.add(somebody, this.#options.now());
  }

  /** A message from an admitted process. */
  receive(from: number, message: Message, body: string): void {
    this.#pulse.heard(from, this.#options.now());
    if (message.type === 'call') this.#gather(from, message, body);
    else if (message.type === 'failed') this.#failed(from, message.message);
    else if (message.type === 'goodbye') this.#leave(from);
  }

  /** The way to an admitted process is closed. */
  closed(peer: Peer): void {
    const { rank } = peer;
    if (this.#peers.get(rank) !== peer) return;
    if (this.#left.has(rank)) return;
    this.lose({ code: 'network', message: `${this.#name(rank)} ended` });
    this.#leave(rank);
  }

  /** To be called at every beat. */
  beat(): void {
    const { size, timeout, now } = this.#options;
    this.#tell({ type: 'beat' });
    const [silent] = this.#pulse.silent(now());
    if (silent !== undefined) {
      this.lose({ code: 'network', message: `${this.#name(silent)} does not answer` });
      this.#leave(silent); // nobody waits for its goodbye
    }
    const missing = rest(size, this.#peers);
    for (const rank of missing) this.#lookForRefused(rank);
    if (missing.length > 0 && now() - this.#began > timeout) this.lose(this.#missing(missing));
    for (const gathering of this.#gatherings.values())
      if (now() - gathering.since > timeout) this.#note(gathering);
  }

  /** Tells everybody that the run cannot go on. The first reason counts. */
  lose(error: ErrorData, except?: number): void {
    if (this.#lost !== undefined) return;
    this.#lost = error;
    this.#options.onSettled();
    this.#tell({ type: 'lost', error }, except);
  }

  get isLost(): boolean {
    return this.#lost !== undefined;
  }

  /** Those that have not left. */
  get present(): readonly Peer[] {
    return [...this.#peers.values()].filter(({ rank }) => !this.#left.has(rank));
  }

  #tell(message: Message, except?: number): void {
    for (const peer of this.present) if (peer.rank !== except) peer.send(message);
  }

  #misfit(peer: Peer, size: number, before: Peer | undefined): ErrorData | undefined {
    const expected = this.#options.size;
    const said = (message: string, hint?: string): ErrorData => ({
      code: 'conflict',
      message,
      hint,
    });
    if (size !== expected)
      return said(`${nameOf(peer)} expects ${size} processes, rank 0 expects ${expected}`);
    if (!(Number.isInteger(peer.rank) && peer.rank >= 0 && peer.rank < expected))
      return said(`${nameOf(peer)} is none of the ${expected} processes`);
    if (before === undefined) return undefined;
    return said(
      `rank ${peer.rank} is there twice: on ${before.machine}, process ${before.process}, and on ` +
        `${peer.machine}, process ${peer.process}`,
      'give each process a rank of its own, and each run a port of its own',
    );
  }

  #gather(from: number, call: Call, text: string): void {
    if (this.#lost !== undefined) return;
    const key = `${call.sequence} ${call.channel}`;
    const gathering = this.#gatherings.get(key) ?? this.#newGathering(key, call);
    if (gathering.call.what !== call.what)
      return this.lose({
        code: 'internal',
        message: `processes call different things: ${gathering.call.what} and ${call.what}`,
      });
    gathering.texts.set(from, text);
    if (gathering.texts.size === this.#options.size) return this.#answer(key, gathering);
    const [gone] = this.#left;
    if (gone !== undefined) this.#leftEarly(gone);
  }

  #newGathering(key: string, call: Call): Gathering {
    const made = { call, since: this.#options.now(), texts: new Map(), isNoted: false };
    this.#gatherings.set(key, made);
    return made;
  }

  #answer(key: string, { call, texts }: Gathering): void {
    this.#gatherings.delete(key);
    for (const peer of this.present)
      for (const [rank, text] of texts) peer.send({ ...call, type: 'part', rank }, text);
  }

  #failed(rank: number, message: string): void {
    const { machine } = this.#peers.get(rank)!;
    this.lose({ code: 'network', message: `rank ${rank} (${machine}): ${message}` }, rank);
    this.#leave(rank);
  }

  #leave(rank: number): void {
    this.#left.add(rank);
    this.#pulse.forget(rank);
    if (this.#gatherings.size > 0) this.#leftEarly(rank);
  }

  #leftEarly(rank: number): void {
    this.lose({ code: 'network', message: `${this.#name(rank)} ended before the others` });
  }

  #lookForRefused(missing: number): void {
    const refused = this.#refusals.insteadOf(missing, this.#options.now());
    if (refused === undefined) return;
    this.lose({ code: 'conflict', message: refused.because, hint: refused.hint });
  }

  #missing(missing: readonly number[]): ErrorData {
    const { timeout } = this.#options;
    const { first } = this.#refusals;
    const ranks = missing.length === 1 ? `rank ${missing[0]}` : `ranks ${missing.join(', ')}`;
    const minutes = Number((timeout / 60_000).toFixed(2));
    return {
      code: 'network',
      message:
        `${ranks} of ${this.#options.size} did not come within ${minutes} minutes` +
        (first === undefined ? '' : `; ${first.because}`),
      hint: 'start all processes; dist_env.timeout_minutes says how long they wait for each other',
    };
  }

  #note(gathering: Gathering): void {
    if (gathering.isNoted) return;
    gathering.isNoted = true;
    const behind = rest(this.#options.size, gathering.texts).map((rank) => this.#name(rank));
    this.#options.onNote(`waiting for ${behind.join(', ')}, which still answers`);
  }

  #name(rank: number): string {
    return nameOf(this.#peers.get(rank)!);
  }
}

/** The ranks that are not among `those`. */
const rest = (size: number, those: ReadonlyMap<number, unknown>): readonly number[] =>
  Array.from({ length: size }, (_, rank) => rank).filter((rank) => !those.has(rank));
