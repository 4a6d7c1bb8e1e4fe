// One chat of `automodel template`: what the template makes of it, and with --against what another
// one does.
import {
  compareChats,
  exactJsonText,
  type ChatDifference,
  type ChatInspection,
  type InspectedChat,
} from '@automodel/data';
import type { AutomodelError } from '@automodel/core';

export interface TemplateView {
  readonly name: string;
  readonly chat: ChatInspection;
  /** By the second template; undefined where there is none. */
  readonly against: ChatInspection | undefined;
  /** Undefined where nothing differs, or not both have rendered the chat. */
  readonly difference: ChatDifference | undefined;
}

export function templateView(
  chat: ChatInspection,
  against: ChatInspection | undefined,
): TemplateView {
  const areBoth = 'chat' in chat && against !== undefined && 'chat' in against;
  const difference = areBoth ? compareChats(chat.chat, against.chat) : undefined;
  return { name: chat.name, chat, against, difference };
}

/** Whether every template has rendered the chat. */
const isRendered = ({ chat, against }: TemplateView): boolean =>
  'chat' in chat && (against === undefined || 'chat' in against);

/** How many chats were shown, and what became of them. */
export interface ViewCounts {
  readonly rendered: number;
  readonly refused: number;
  /** Of those that were rendered. */
  readonly different: number;
}

export const NO_VIEWS: ViewCounts = { rendered: 0, refused: 0, different: 0 };

/** The counts with one more chat. */
export const countedView = (
  { rendered, refused, different }: ViewCounts,
  view: TemplateView,
): ViewCounts =>
  isRendered(view)
    ? {
        rendered: rendered + 1,
        refused,
        different: different + Number(view.difference !== undefined),
      }
    : { rendered, refused: refused + 1, different };

/** An error in one line. */
export const errorSentence = ({ message, hint }: AutomodelError): string =>
  hint === undefined ? message : `${message} (${hint})`;

/** One line of `--json`, numbers as they stand in the row. */
export function viewJson({ name, chat, against, difference }: TemplateView): string {
  return exactJsonText({
    chat: name,
    ...inspectionJson(chat),
    ...(against === undefined
      ? {}
      : {
          against: inspectionJson(against),
          equal: 'chat' in chat && 'chat' in against && difference === undefined,
        }),
  });
}

const inspectionJson = (inspection: ChatInspection): object =>
  'chat' in inspection ? chatJson(inspection.chat) : { error: errorSentence(inspection.error) };

const chatJson = (chat: InspectedChat): object => ({
  text: chat.text,
  messages: chat.messages,
  tools: chat.tools,
  trained: chat.trained,
  ids: chat.tokens?.inputIds,
  turns: chat.turns.map(({ message, isTrained, endToken, isEndTrained, stops }) => ({
    message,
    trained: isTrained,
    end_token: endToken,
    end_trained: isEndTrained,
    stops,
  })),
  remarks: chat.remarks,
});
