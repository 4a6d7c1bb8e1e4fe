// Errors on their way from a thread: plain objects, because classes cannot be sent.
import { AutomodelError, type ErrorCode } from '@automodel/core';

/** Structured-clonable. */
export interface ErrorData {
  readonly code: ErrorCode;
  /** Without the location. */
  readonly message: string;
  readonly kind: string | undefined;
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
      kind: undefined,
      location: undefined,
      hint: undefined,
      stack,
    };
  const { code, said: message, kind, location, hint } = error;
  return { code, message, kind, location, hint, stack };
}

/** The error as it was; its cause is where it was thrown. */
export function errorFromData({
  code,
  message,
  kind,
  location,
  hint,
  stack,
}: ErrorData): AutomodelError {
  return new AutomodelError(code, message, { kind, location, hint, cause: stack });
}
