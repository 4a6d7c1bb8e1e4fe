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
export const isRendered = ({ chat, against }: TemplateView): boolean =>
  'chat' in chat && (against === undefined || 'chat' in against);

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
