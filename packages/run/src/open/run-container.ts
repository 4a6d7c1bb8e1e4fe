// The parts of one run, made when they are first needed and closed in the opposite order. A
// tsyringe child container per run holds factories under typed tokens; nothing is registered on the
// shared root, so two runs in one process share nothing. Libraries below never see it: they take
// constructor arguments.
import 'reflect-metadata';
import { AutomodelError } from '@automodel/core';
import { container as root, instanceCachingFactory, type DependencyContainer } from 'tsyringe';

/** Names a part of a run and its type. */
export class Token<T> {
  readonly name: string;
  readonly symbol: symbol;
  /** Only for the type checker. */
  declare readonly part: T;

  constructor(name: string) {
    this.name = name;
    this.symbol = Symbol(name);
  }
}

export class RunContainer {
  readonly #container: DependencyContainer = root.createChildContainer();
  readonly #closers: (() => Promise<void> | void)[] = [];
  #closed: Promise<void> | undefined;

  /**
   * Registers how a part is made; `make` runs at most once. A second registration of a token
   * replaces the first.
   */
  register<T>(token: Token<T>, make: (parts: RunContainer) => T): this {
    this.#container.register<T>(token.symbol, {
      useFactory: instanceCachingFactory(() => make(this)),
    });
    return this;
  }

  /** The part. Errors: `internal` for a part that is not registered, and after closing. */
  get<T>(token: Token<T>): T {
    if (this.#closed !== undefined)
      throw new AutomodelError(
        'internal',
        `the run is closed: ${token.name} is no longer available`,
      );
    if (!this.#container.isRegistered(token.symbol))
      throw new AutomodelError('internal', `this run has no ${token.name}`);
    return this.#container.resolve<T>(token.symbol);
  }

  /** Registers something to do when the run is closed; the last one registered runs first. */
  onClose(closer: () => Promise<void> | void): void {
    this.#closers.push(closer);
  }

  /** Closes every part that was made. Further calls wait for the first. */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    const errors: unknown[] = [];
    for (const closer of this.#closers.splice(0).reverse()) {
      try {
        await closer();
      } catch (error) {
        errors.push(error);
      }
    }
    this.#container.clearInstances();
    if (errors.length > 0) throw errors[0];
  }
}
