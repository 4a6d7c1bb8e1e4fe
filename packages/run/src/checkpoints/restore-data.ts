// Moves the training data to where a checkpoint was made, for either kind of loader.
import { AutomodelError } from '@automodel/core';
import {
  StreamingLoader,
  type BatchLoader,
  type BatchLoaderState,
  type StreamingState,
} from '@automodel/data';

/** Errors: `conflict` if the data, its settings or the way of reading it have changed since. */
export function restoreData(
  loader: BatchLoader | StreamingLoader,
  state: BatchLoaderState | StreamingState,
  path: string,
): void {
  const streamed = 'streaming' in state;
  if (loader instanceof StreamingLoader) {
    if (streamed) return loader.restore(state);
  } else if (!streamed) return loader.restore(state);
  throw new AutomodelError(
    'conflict',
    `the checkpoint comes from a run whose data was ${streamed ? '' : 'not '}streamed`,
    { location: path, hint: `resume with dataset.streaming: ${streamed}` },
  );
}
