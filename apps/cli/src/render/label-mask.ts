// One example as the model will see it: decoded text with the trained tokens coloured, so that a
// wrong mask is seen before it costs a run.
import type { LabelPiece } from '@automodel/data';
import type { Style } from '../terminal/style.js';

/** Without colours, trained text is put between these marks. */
const MARKS = ['⟦', '⟧'] as const;

/** The decoded example; trained stretches green, or marked when colours are off. */
export function renderLabelMask(
  pieces: readonly Pick<LabelPiece, 'text' | 'trained'>[],
  style: Style,
  color: boolean,
): string {
  const stretches: { text: string; readonly trained: boolean }[] = [];
  for (const { text, trained } of pieces) {
    const last = stretches.at(-1);
    if (last?.trained === trained) last.text += text;
    else stretches.push({ text, trained });
  }
  const marked = (text: string): string =>
    color ? style.green(style.bold(text)) : `${MARKS[0]}${text}${MARKS[1]}`;
  return stretches.map(({ text, trained }) => (trained ? marked(text) : style.dim(text))).join('');
}
