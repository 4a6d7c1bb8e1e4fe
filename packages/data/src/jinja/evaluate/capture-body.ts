// The text of a body that is kept instead of written: block assignments and filter blocks.
import type { Run } from '../values/run.js';
import type { Execute, Frame, Signal } from './frame.js';

/** What a body writes, and the signal it ended with. */
export function captureBody(
  run: Run,
  frame: Frame,
  body: Execute,
): { readonly text: ReturnType<Run['capture']>; readonly signal: Signal | undefined } {
  let signal: Signal | undefined;
  const text = run.capture(() => {
    signal = body(frame);
  });
  return { text, signal };
}
