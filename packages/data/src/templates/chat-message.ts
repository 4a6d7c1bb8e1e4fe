// One turn of a chat, as rows hold it and templates take it.

/**
 * One turn. Further keys (`tool_calls`, `name`, `reasoning_content`, ...) reach the template as
 * they are.
 */
export interface ChatMessage {
  readonly role: string;
  readonly content?: unknown;
  readonly [key: string]: unknown;
}
