// The command to type after a run.
import { shellWord } from '@automodel/core';
import type { SavedEvent } from '../events/run-events.js';

/** Generates with what was saved. `raw`: the prompt is the beginning of a text. */
export function generateCommand(
  { directory, base }: Pick<SavedEvent, 'directory' | 'base'>,
  prompt: string,
  raw = false,
): string {
  const use =
    base === undefined ? ['--model', directory] : ['--model', base, '--adapter', directory];
  return [
    'npx automodel generate',
    ...use.map(shellWord),
    ...(raw ? ['--raw'] : []),
    '--prompt',
    shellWord(prompt),
  ].join(' ');
}

/** Resumes from the last checkpoint of a run, whose recipe is in its folder. */
export const resumeCommand = (recipe: string): string =>
  `npx automodel finetune ${shellWord(recipe)} --resume latest`;
