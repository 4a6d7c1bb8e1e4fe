// Messages to and from threads that tokenise.
import type { TokenizerFiles } from '../tokenizer/tokenizer-files.js';
import type { ErrorData } from './error-data.js';
import type { RowOptions } from './row-tokenizer.js';
import type { SampleArrays } from './sample-arrays.js';
import type { OnWrongRow } from './wrong-rows.js';

/** Given to a thread when it starts. */
export interface WorkerInput {
  readonly files: TokenizerFiles;
  readonly options: RowOptions;
  readonly onWrongRow: OnWrongRow;
}

export type WorkerAnswer = { readonly result: SampleArrays } | { readonly error: ErrorData };
