// Messages to and from threads that tokenise. Errors are sent as plain objects, because classes
// cannot be sent.
import { AutomodelError, type ErrorCode } from '@automodel/core';
import type { TokenizerFiles } from '../tokenizer/tokenizer-files.js';
import type { RowOptions } from './row-tokenizer.js';
import type { SampleArrays } from './sample-arrays.js';

/** Given to a thread when it starts. */
export interface WorkerInput {
  readonly files: TokenizerFiles;
  readonly options: RowOptions;
}

export type WorkerAnswer = { readonly result: SampleArrays } | { readonly error: ErrorData };

export interface ErrorData {
  readonly code: ErrorCode;
  /** Without the location. */
  readonly message: string;
  readonly location: string | undefined;
  readonly hint: string | undefined;
  readonly stack: string | undefined;
}

export function errorAsData(error: unknown): ErrorData {
  const stack = error instanceof Error ? error.stack : undefined;
  if (!(error instanceof AutomodelError))
    return {
      code: 'internal',
      message: error instanceof Error ? error.message : String(error),
      location: undefined,
      hint: undefined,
      stack,
    };
  const { code, message, location, hint } = error;
  return {
    code,
    message:
      location !== undefined && message.startsWith(`${location}: `)
        ? message.slice(location.length + 2)
        : message,
    location,
    hint,
    stack,
  };
}

/** The error as it was; its cause is where it was thrown. */
export function errorFromData({ code, message, location, hint, stack }: ErrorData): AutomodelError {
  return new AutomodelError(code, message, { location, hint, cause: stack });
}
