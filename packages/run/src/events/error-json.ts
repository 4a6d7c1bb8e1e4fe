// An error as data, as `--json` and events show it: its code, its message, where it is and what to
// do. The cause and the stack are left out.
import { AutomodelError, type ErrorCode } from '@automodel/core';

/** An error as plain data. */
export interface ErrorJson {
  readonly code: ErrorCode;
  /** Without the location. */
  readonly message: string;
  readonly location?: string;
  readonly hint?: string;
}

/** An error as data. The code of an error of any other class is `internal`. */
export function errorToJson(error: unknown): ErrorJson {
  if (!(error instanceof AutomodelError))
    return { code: 'internal', message: error instanceof Error ? error.message : String(error) };
  const { code, said, location, hint } = error;
  return {
    code,
    message: said,
    ...(location === undefined ? {} : { location }),
    ...(hint === undefined ? {} : { hint }),
  };
}

/** The error that was written. */
export const errorFromJson = ({ code, message, location, hint }: ErrorJson): AutomodelError =>
  new AutomodelError(code, message, { location, hint });
