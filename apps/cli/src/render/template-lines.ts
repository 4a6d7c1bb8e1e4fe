// Chats of `automodel template` on a terminal: the text with its trained parts marked, how turns
// end; with --against only what differs.
import type {
  ChatDifference,
  ChatInspection,
  InspectedChat,
  TextDifference,
  TextPiece,
} from '@automodel/data';
import type { Style } from '../terminal/style.js';
import { chatSentences, tokenCounts } from './chat-sentences.js';
import { renderLabelMask } from './label-mask.js';
import { counted, sentence } from './sentence.js';
import { errorSentence, type TemplateView, type ViewCounts } from './template-view.js';

/** The lines of one chat, an empty one first. */
export function viewLines(view: TemplateView, style: Style, color: boolean): readonly string[] {
  const { name, chat, against } = view;
  const counts = 'chat' in chat && against === undefined ? tokenCounts(chat.chat) : '';
  const heading = sentence([style.bold(name), style.dim(counts)], ' ');
  return [
    '',
    heading,
    ...(against === undefined
      ? inspectionLines(chat, style, color)
      : comparedLines(view, against, style)),
  ];
}

/** What is said behind the last chat. */
export function closingLine(
  { rendered, refused, different }: ViewCounts,
  isCompared: boolean,
): string {
  const told = isCompared
    ? [`${rendered - different} equal`, `${different} different`]
    : [`${rendered} rendered`];
  return `${counted(rendered + refused, 'chat')}: ${sentence([...told, `${refused} refused`])}`;
}

const refusal = (inspection: ChatInspection, { red }: Style): string =>
  'error' in inspection ? `${red('refused')}: ${errorSentence(inspection.error)}` : '';

function inspectionLines(
  inspection: ChatInspection,
  style: Style,
  color: boolean,
): readonly string[] {
  return 'chat' in inspection
    ? chatLines(inspection.chat, style, color)
    : [refusal(inspection, style)];
}

const chatLines = (chat: InspectedChat, style: Style, color: boolean): readonly string[] => [
  renderLabelMask(withoutLineEnd(chat.pieces), style, color),
  ...chatSentences(chat).map(style.dim),
];

/** The line end behind what is trained would be an empty line. */
function withoutLineEnd(pieces: readonly TextPiece[]): readonly TextPiece[] {
  const last = pieces.at(-1);
  return last === undefined || last.trained
    ? pieces
    : [...pieces.slice(0, -1), { ...last, text: last.text.replace(/\n$/, '') }];
}

function comparedLines(
  { chat, difference }: TemplateView,
  against: ChatInspection,
  style: Style,
): readonly string[] {
  const refused = [
    ...('error' in chat ? [`- ${refusal(chat, style)}`] : []),
    ...('error' in against ? [`+ ${refusal(against, style)}`] : []),
  ];
  if (refused.length > 0) return refused;
  return difference === undefined
    ? ['equal text, equal trained parts']
    : differenceLines(difference, style);
}

export const differenceLines = (
  { text, trained }: ChatDifference,
  style: Style,
): readonly string[] => [
  ...(text === undefined
    ? []
    : [`the texts differ after ${counted(text.start, 'character')}`, ...sides(text, style)]),
  ...(trained === undefined
    ? []
    : [`trained part ${trained.part + 1} differs`, ...sides(trained, style)]),
];

const sides = ({ one, other }: TextDifference, { red, green }: Style): readonly string[] => [
  red(`- ${JSON.stringify(one)}`),
  green(`+ ${JSON.stringify(other)}`),
];
