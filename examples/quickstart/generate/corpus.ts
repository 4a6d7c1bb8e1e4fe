/**
 * Writes pretraining documents: prose, questions, and chats rendered as the tokenizer folder's chat
 * template does. The last turn of a chat is left open, because the loader ends every text with the
 * end-of-sequence token, which is the end of a turn.
 */
import { records, repeats, spokenAnswers, type ChatTemplate } from './corpus-chats.js';
import { facts, questions, sentences } from './corpus-texts.js';
import { corpusValues } from './corpus-values.js';
import { fill } from './fill.js';
import { frameRequest } from './frame-request.js';
import type { Random } from './random.js';

interface Exchange {
  readonly user: string;
  readonly assistant: string;
}

const rendered = (exchanges: readonly Exchange[]): string =>
  exchanges
    .map(
      ({ user, assistant }) =>
        `<|im_start|>user\n${user}<|im_end|>\n<|im_start|>assistant\n${assistant}`,
    )
    .join('<|im_end|>\n');

function prose(random: Random): string {
  const values = corpusValues(random);
  const scene = Array.from({ length: random.integer(2, 5) }, () =>
    fill(random.pick(sentences), values),
  );
  const knowledge = Array.from({ length: random.integer(0, 2) }, () =>
    fill(random.pick(facts), corpusValues(random)),
  );
  return [...scene, ...knowledge].join(' ');
}

/** A passage and up to three questions about it, as prose or as a chat. */
function quiz(random: Random): string {
  const values = corpusValues(random);
  const [passage] = random.pick(questions);
  const asked = random
    .shuffle(questions.filter(([about]) => about === passage))
    .slice(0, 3)
    .map(([, question, answer]) => ({
      user: fill(question, values),
      assistant: fill(answer, values),
    }));
  const text = fill(passage, values);
  return random.chance(0.3)
    ? [text, ...asked.map(({ user, assistant }) => `${user} ${assistant}.`)].join(' ')
    : rendered(
        asked.map((exchange, index) =>
          index === 0 ? { ...exchange, user: `${text} ${exchange.user}` } : exchange,
        ),
      );
}

/** One or two exchanges, each with values of its own; `frame` varies how a request is put. */
function chat(
  random: Random,
  templates: readonly ChatTemplate[],
  frame: (random: Random, request: string) => string = (_, request) => request,
): string {
  const exchanges = Array.from({ length: random.integer(1, 2) }, () => {
    const values = corpusValues(random);
    const [user, assistant] = random.pick(templates);
    return { user: frame(random, fill(user, values)), assistant: fill(assistant, values) };
  });
  return rendered(exchanges);
}

/** One document of the pretraining corpus. */
export function corpusDocument(random: Random): string {
  const kind = random.next();
  if (kind < 0.1) return prose(random);
  if (kind < 0.3) return quiz(random);
  if (kind < 0.55) return chat(random, spokenAnswers, frameRequest);
  if (kind < 0.8) return chat(random, repeats);
  return chat(random, records);
}
