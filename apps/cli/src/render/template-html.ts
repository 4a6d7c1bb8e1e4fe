// The page of `automodel template --html`: each chat with its trained parts marked and how its turns
// end; with --against both renderings, and what differs.
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

function viewHtml({ name, chat, against, difference }: TemplateView): string {
  const counts = 'chat' in chat ? tokenCounts(chat.chat) : '';
  const heading = `<h3>${escapeHtml(name)} <span class="place">${counts}</span></h3>`;
  const differing = when(difference, (given) => differenceLines(given, style(false)).join('\n'));
  return [
    heading,
    when(differing || undefined, (lines) => `<pre>${escapeHtml(lines)}</pre>`),
    inspectionHtml(chat),
    when(against, (other) => `<h4>against</h4>\n${inspectionHtml(other)}`),
  ].join('\n');
}

/** The whole page. */
export const templateHtml = (title: string, views: readonly TemplateView[]): string =>
  htmlPage(
    title,
    `<p><mark>Marked</mark> text is trained, the rest is only read.</p>
${views.map(viewHtml).join('\n')}`,
  );
