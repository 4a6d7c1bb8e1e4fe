// Parts of messages that the chat template never writes: all of them would be lost, so the row is
// refused. A template that leaves out reasoning of some turns is not meant: that is counted.
import { AutomodelError } from '@automodel/core';
import type { ChatMessage } from '../templates/chat-message.js';
import type { ChatTemplate, RenderOptions } from '../templates/chat-template.js';
import { PerTemplate } from '../templates/per-template.js';
import {
  ANSWER,
  anyShows,
  QUESTION,
  RESULT,
  triedCall,
  withAndWithoutTools,
  type Trial,
} from '../templates/template-trials.js';
import { isTriedWithCalls, withoutCalls } from '../templates/tool-arguments.js';
import { REASONING_KEYS, reasoningKeysOf } from './reasoning.js';
import type { Unwritten } from './unwritten.js';

/** Whether reasoning under a key is written; undefined where every trial of it is refused. */
interface Support {
  readonly besideCalls: boolean | undefined;
  readonly alone: boolean | undefined;
}

const supportOf = new PerTemplate(
  (template, variables): ReadonlyMap<string, Support> =>
    new Map(
      Array.from(REASONING_KEYS, (key) => [
        key,
        {
          besideCalls: writes(template, callingTrials(key), variables),
          alone: writes(template, answerTrials(key), variables),
        },
      ]),
    ),
);

/**
 * Looks at what the text lacks. Errors: `unsupported` at `location` where reasoning stands under a
 * key that the template never writes, or where none of the row's calls is written by a template
 * that could not be tried with calls.
 */
export function refuseLostParts(
  template: ChatTemplate,
  messages: readonly ChatMessage[],
  { reasoning, calls }: Unwritten,
  options: Pick<RenderOptions, 'variables'> & { readonly location: string },
): void {
  if (calls.length > 0 && !isTriedWithCalls(template, options.variables)) {
    const calling = messages.filter((message) => Array.isArray(message['tool_calls']));
    if (calls.length === calling.length) throw withoutCalls(template, options.location);
  }
  if (reasoning.length > 0) refuseLostReasoning(template, messages, reasoning, options);
}

function refuseLostReasoning(
  template: ChatTemplate,
  messages: readonly ChatMessage[],
  unwritten: readonly number[],
  { variables, location }: Pick<RenderOptions, 'variables'> & { readonly location: string },
): void {
  const support = supportOf.of(template, variables);
  for (const index of unwritten) {
    const message = messages[index];
    const keys = reasoningKeysOf(message);
    const isNeverWritten = (key: string): boolean =>
      support.get(key)?.besideCalls === false && support.get(key)?.alone === false;
    if (!keys.every(isNeverWritten)) continue;
    const isCalling = Array.isArray(message?.['tool_calls']);
    const quoted = keys.map((key) => JSON.stringify(key)).join(', ');
    throw new AutomodelError(
      'unsupported',
      `the chat template of ${template.name} does not write reasoning under ${quoted}, where ` +
        `message ${index + 1} of this row has it`,
      { location, hint: hintFor(support, isCalling) },
    );
  }
}

function hintFor(support: ReadonlyMap<string, Support>, isCalling: boolean): string {
  const keysWritten = (place: keyof Support): string =>
    [...support].flatMap(([key, written]) => (written[place] === true ? [key] : [])).join(' or ');
  const here = keysWritten(isCalling ? 'besideCalls' : 'alone');
  if (here !== '') return `call the key ${here}, which the template writes`;
  const elsewhere = keysWritten(isCalling ? 'alone' : 'besideCalls');
  const where = isCalling ? 'in answers without tool calls' : 'beside tool calls';
  return (
    `${elsewhere === '' ? '' : `the template writes ${elsewhere}, but only ${where}; `}` +
    'put the reasoning into the content (<think>...</think>), name a template that writes it in ' +
    'the recipe (dataset.chat_template: FILE.jinja), or remove it from the data'
  );
}

const REASONING = 'probe_reasoning';

const thinking = (key: string, content: string, more: object = {}): ChatMessage => ({
  ...{ role: 'assistant', content, [key]: REASONING },
  ...more,
});

const answerTrials = (key: string): readonly Trial[] =>
  withAndWithoutTools(
    [QUESTION, thinking(key, 'text')],
    [QUESTION, thinking(key, 'text'), QUESTION, ANSWER],
  );

function callingTrials(key: string): readonly Trial[] {
  const calling = [{ key: 'value' }, '{"key": "value"}'].flatMap((given) =>
    ['', 'text'].map((content) => thinking(key, content, { tool_calls: [triedCall(given)] })),
  );
  return withAndWithoutTools(
    ...calling.flatMap((call) => [
      [QUESTION, call],
      [QUESTION, call, RESULT],
      [QUESTION, call, RESULT, ANSWER],
    ]),
  );
}

const writes = (
  template: ChatTemplate,
  trials: readonly Trial[],
  variables: RenderOptions['variables'],
): boolean | undefined => anyShows(template, trials, variables, (text) => text.includes(REASONING));
