// Contents that are lists of text parts. Some templates take them, some only from some roles, and
// some write the list as it is; so each is tried once with every role.
import type { ChatMessage } from './chat-message.js';
import type { ChatTemplate, RenderOptions } from './chat-template.js';
import { isObject, type JsonObject } from '../json/json-object.js';
import { PerTemplate } from './per-template.js';
import {
  ANSWER,
  attempt,
  QUESTION,
  RESULT,
  triedCall,
  withAndWithoutTools,
  type Trial,
} from './template-trials.js';

type Variables = RenderOptions['variables'];

/** Roles whose parts are joined, as far as they are known. */
const joined = new PerTemplate(() => new Map<string, boolean>());

/**
 * `messages` with text parts joined, with nothing between them, where `template` does not write one
 * text part as it writes that text. Parts stay where it refuses texts of that role, or loses them.
 */
export function withJoinedParts(
  template: ChatTemplate,
  messages: readonly ChatMessage[],
  variables: Variables,
): readonly ChatMessage[] {
  if (!messages.some(({ content }) => Array.isArray(content))) return messages;
  const roles = joined.of(template, variables);
  return messages.map((message) => {
    const { role, content } = message;
    if (!isTextParts(content)) return message;
    let joins = roles.get(role);
    if (joins === undefined) roles.set(role, (joins = needsText(template, role, variables)));
    return joins ? { ...message, content: content.map(({ text }) => text).join('') } : message;
  });
}

interface TextPart extends JsonObject {
  readonly text: string;
}

const isTextParts = (content: unknown): content is readonly TextPart[] =>
  Array.isArray(content) &&
  content.every(
    (part) => isObject(part) && part['type'] === 'text' && typeof part['text'] === 'string',
  );

/** With white space at both ends, because many templates strip texts. */
const TEXT = ' probe_content\n';

function needsText(template: ChatTemplate, role: string, variables: Variables): boolean {
  const texts = chatsWith({ role, content: TEXT });
  const parts = chatsWith({ role, content: [{ type: 'text', text: TEXT }] });
  return texts.some((chat, i) => {
    const [text, list] = [chat, parts[i] ?? chat].map((trial) =>
      attempt(template, trial, variables),
    );
    return typeof text === 'string' && text !== list && text.includes(TEXT.trim());
  });
}

/** Chats in which a message of its role can stand. */
function chatsWith(message: ChatMessage): readonly Trial[] {
  switch (message.role) {
    case 'user':
      return [{ messages: [message] }, { messages: [message, ANSWER] }];
    case 'assistant':
      return [{ messages: [QUESTION, message] }, { messages: [QUESTION, message, QUESTION] }];
    case 'tool': {
      const result = { ...RESULT, content: message.content };
      const forms = [{ key: 'value' }, '{"key": "value"}'];
      return forms.flatMap((given) =>
        withAndWithoutTools([
          QUESTION,
          { role: 'assistant', content: '', tool_calls: [triedCall(given)] },
          result,
        ]),
      );
    }
    default:
      return [{ messages: [message, QUESTION] }, { messages: [QUESTION, message] }];
  }
}
