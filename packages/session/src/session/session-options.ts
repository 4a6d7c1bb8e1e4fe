// The options of a session, as given and with everything that follows from them.
import type { Backend, Interceptor, LanguageModel, Parallelism } from '@automodel/contracts';
import type { SessionAdapter } from '../adapter/session-adapter.js';
import type { Precision } from '../memory/precision.js';
import { singleProcess } from '../parallelism/single-process.js';
import type { CompileOptions } from '../programs/compile-program.js';

/** What a session is made from. */
export interface SessionOptions extends Omit<CompileOptions, 'slots'> {
  readonly backend: Backend;
  readonly model: LanguageModel;
  readonly precision: Precision;
  /** Which parameters training may change; absent: none, the session only reads. */
  readonly trainable?: ((name: string) => boolean) | undefined;
  readonly interceptors?: readonly Interceptor[] | undefined;
  /** If given, a session that trains changes only its parameters, whatever `trainable` says. */
  readonly adapter?: SessionAdapter | undefined;
  /** False: no dropout in training. Default true. */
  readonly dropout?: boolean | undefined;
  /** How processes share the parameters. Default: one process. */
  readonly parallelism?: Parallelism | undefined;
}

/** `interceptors`: all of them, the one of parallelism first and the adapter's last. */
export interface CompleteOptions extends SessionOptions, CompileOptions {
  readonly interceptors: readonly Interceptor[];
  readonly parallelism: Parallelism;
}

export function completeOptions(options: SessionOptions): CompleteOptions {
  const { adapter: own, interceptors = [], trainable, parallelism = singleProcess } = options;
  return {
    ...options,
    parallelism,
    slots: parallelism.passes,
    interceptors: interceptorsOf(parallelism, [
      ...interceptors,
      ...(own === undefined ? [] : [own.adapter.interceptor]),
    ]),
    trainable:
      own === undefined || trainable === undefined
        ? trainable
        : (name): boolean => own.adapter.owns(name),
  };
}

/** All interceptors of a model: parallelism is the innermost, because it says what is stored. */
export const interceptorsOf = (
  { interceptor }: Pick<Parallelism, 'interceptor'>,
  others: readonly Interceptor[],
): readonly Interceptor[] => (interceptor === undefined ? others : [interceptor, ...others]);
