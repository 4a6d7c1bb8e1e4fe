// How a chat template wants the arguments of tool calls: as objects, which it writes as JSON, or as
// JSON text. Templates differ and nothing says which form one takes, so each is tried once with a
// call. A template that leaves calls or tools out is found the same way: training would go on
// without what the row is about.
import { AutomodelError } from '@automodel/core';
import { parseExact } from '../json/exact-json.js';
import { exactJsonText, WITH_SPACES } from '../json/exact-json-text.js';
import type { ChatMessage } from './chat-message.js';
import type { ChatTemplate, RenderOptions } from './chat-template.js';
import { isObject, type JsonObject } from '../json/json-object.js';
import { PerTemplate } from './per-template.js';
import {
  ANSWER,
  anyShows,
  attempt,
  QUESTION,
  RESULT,
  TRIED_TEXT,
  TRIED_TOOL,
  triedCall,
  withAndWithoutTools,
} from './template-trials.js';

/** The forms of arguments that a template writes. */
interface Forms {
  readonly takesObject: boolean;
  readonly takesText: boolean;
  /** False where it refuses every chat it is tried with, and may take either form. */
  readonly isKnown: boolean;
}

type Variables = RenderOptions['variables'];

const forms = new PerTemplate(formsOf);
const writesTools = new PerTemplate(
  (template, variables): boolean =>
    anyShows(template, [{ messages: [QUESTION], tools: [TRIED_TOOL] }], variables, (text) =>
      text.includes(TRIED_TOOL.function.name),
    ) === true,
);

/**
 * `messages` with the arguments of their tool calls in the form that `template` writes. Errors:
 * `unsupported` at `location` where it writes no calls, or no tools.
 */
export function withToolArguments(
  template: ChatTemplate,
  messages: readonly ChatMessage[],
  {
    tools,
    variables,
    location,
  }: Pick<RenderOptions, 'tools' | 'variables'> & { readonly location: string },
): readonly ChatMessage[] {
  if (tools !== undefined && !writesTools.of(template, variables))
    checkTools(template, tools, variables, location);
  if (!messages.some((message) => Array.isArray(message['tool_calls']))) return messages;
  const taken = forms.of(template, variables);
  if (!taken.takesObject && !taken.takesText) throw withoutCalls(template, location);
  return messages.map((message) =>
    Array.isArray(message['tool_calls'])
      ? {
          ...message,
          tool_calls: message['tool_calls'].map((call: unknown) => adapted(call, taken)),
        }
      : message,
  );
}

/** False where only the text of a chat tells whether `template` writes its calls. */
export const isTriedWithCalls = (template: ChatTemplate, variables: Variables): boolean =>
  forms.of(template, variables).isKnown;

/** The error of a row whose calls `template` does not write. */
export const withoutCalls = (template: ChatTemplate, location: string): AutomodelError =>
  unwritten(template, 'tool calls', location, 'write the calls into the content');

const unwritten = (
  template: ChatTemplate,
  what: string,
  location: string,
  instead?: string,
): AutomodelError =>
  new AutomodelError(
    'unsupported',
    `the chat template of ${template.name} does not write ${what}, which this row has`,
    {
      location,
      hint:
        'name a template that does in the recipe (dataset.chat_template: FILE.jinja), ' +
        `${instead === undefined ? '' : `${instead}, `}or remove the ${what} from the data`,
    },
  );

/** Tools of a form of their own, such as Cohere's, may be written where others are not. */
function checkTools(
  template: ChatTemplate,
  tools: readonly unknown[],
  variables: Variables,
  location: string,
): void {
  const text = attempt(template, { messages: [QUESTION], tools }, variables);
  if (typeof text === 'string') {
    const without = attempt(template, { messages: [QUESTION] }, variables);
    if (text !== without) return;
    throw unwritten(template, 'tools', location);
  }
  throw new AutomodelError('unsupported', `with tools the template fails: ${text.message}`, {
    location,
    hint: 'correct the template, or remove the tools from the data',
    cause: text,
  });
}

function adapted(call: unknown, taken: Forms): unknown {
  if (!isObject(call)) return call;
  if (isObject(call['function'])) return { ...call, function: adapted(call['function'], taken) };
  const given = call['arguments'];
  if (typeof given === 'string' && !taken.takesText)
    return { ...call, arguments: parseExact(given, 'arguments') };
  if (isObject(given) && !taken.takesObject) return { ...call, arguments: jsonText(given) };
  return call;
}

/** A template is tried with more chats only where it writes no calls in those that are common. */
function formsOf(template: ChatTemplate, variables: Variables): Forms {
  const calling = (content: string, given: JsonObject | string): ChatMessage => ({
    role: 'assistant',
    content,
    tool_calls: [triedCall(given)],
  });
  const common = (given: JsonObject | string) =>
    withAndWithoutTools([QUESTION, calling('', given)]);
  const rare = (given: JsonObject | string) =>
    withAndWithoutTools(
      [QUESTION, calling('text', given)],
      ...['', 'text'].map((content) => [QUESTION, calling(content, given), RESULT]),
      ...['', 'text'].map((content) => [QUESTION, calling(content, given), RESULT, ANSWER]),
    );
  for (const trials of [common, rare]) {
    const [object, text] = [ARGUMENTS, jsonText(ARGUMENTS)].map((given) =>
      anyShows(template, trials(given), variables, showsArguments),
    );
    if (object === true || text === true)
      return { takesObject: object === true, takesText: text === true, isKnown: true };
    const isRefused = object === undefined && text === undefined;
    if (isRefused && trials === rare) return { takesObject: true, takesText: true, isKnown: false };
  }
  return { takesObject: false, takesText: false, isKnown: true };
}

const ARGUMENTS = { probe_key: 'probe_value' };

/** Whether a call is written, and its arguments not as text within text. */
function showsArguments(written: string): boolean {
  return (
    /\bprobe_key\b/.test(written.replaceAll(TRIED_TEXT, '')) &&
    written.includes('probe_value') &&
    !written.includes('\\"probe_key')
  );
}

const jsonText = (value: unknown): string => exactJsonText(value, WITH_SPACES);
