// The page of `automodel template --html`: each chat with its trained parts marked and how its
// turns end; with --against both renderings, and what differs.
import type { ChatInspection, InspectedChat, TextPiece } from '@automodel/data';
import { style } from '../terminal/style.js';
import { chatSentences, tokenCounts } from './chat-sentences.js';
import { escapeHtml, htmlPage } from './html-page.js';
import { when } from './sentence.js';
import { differenceLines } from './template-lines.js';
import { errorSentence, type TemplateView } from './template-view.js';

function pieceHtml({ text, trained }: TextPiece): string {
  const tag = trained ? 'mark' : 'span';
  return `<${tag}>${escapeHtml(text)}</${tag}>`;
}

const sentencesHtml = (sentences: readonly string[]): string =>
  sentences.map((each) => `<div class="note">${escapeHtml(each)}</div>`).join('\n');

const chatHtml = (chat: InspectedChat): string =>
  `<pre>${chat.pieces.map(pieceHtml).join('')}</pre>\n${sentencesHtml(chatSentences(chat))}`;

const inspectionHtml = (inspection: ChatInspection): string =>
  'chat' in inspection
    ? chatHtml(inspection.chat)
    : `<p class="error">refused: ${escapeHtml(errorSentence(inspection.error))}</p>`;

/** What the templates are called. */
export interface TemplateNames {
  readonly name: string;
  readonly against: string | undefined;
}

const viewHtml =
  (names: TemplateNames) =>
  ({ name, chat, against, difference }: TemplateView): string => {
    const counts = 'chat' in chat ? tokenCounts(chat.chat) : '';
    const differing = when(difference, (given) => differenceLines(given, style(false)).join('\n'));
    const title = (sign: string, template: string): string =>
      when(against && template, (called) => `<h4>${sign} ${escapeHtml(called)}</h4>`);
    return [
      `<h3>${escapeHtml(name)} <span class="place">${counts}</span></h3>`,
      when(differing || undefined, (lines) => `<pre>${escapeHtml(lines)}</pre>`),
      title('-', names.name),
      inspectionHtml(chat),
      title('+', names.against ?? ''),
      when(against, inspectionHtml),
    ]
      .filter((part) => part !== '')
      .join('\n');
  };

/** The whole page. */
export const templateHtml = (names: TemplateNames, views: readonly TemplateView[]): string =>
  htmlPage(
    `automodel template ${names.name}${when(names.against, (other) => ` --against ${other}`)}`,
    `<p><mark>Marked</mark> text is trained, the rest is only read.</p>
${views.map(viewHtml(names)).join('\n')}`,
  );
