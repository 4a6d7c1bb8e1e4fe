// Marks of single messages that say whether they are trained, as other tools write them. They say
// something to us and nothing to a template, so they are taken out of the message.
import type { JsonObject } from '../json/json-object.js';
import { plainNumber } from '../json/plain-number.js';
import type { RowReader } from './row-reader.js';

/**
 * Keys that hold true/1 or false/0: OpenAI (`weight`), NeMo (`step_loss_mask`), Axolotl (`train`,
 * `training`), others (`loss`, `loss_mask`).
 */
const MARKS = ['weight', 'train', 'training', 'loss', 'loss_mask', 'step_loss_mask'] as const;

/** Axolotl's marks of parts of a message, by character. */
const DETAILS = ['train_detail', 'training_detail'] as const;

const KEYS: readonly string[] = [...MARKS, ...DETAILS];

/** What a message says of its training, and the message without that. */
export interface MarkedMessage {
  readonly rest: JsonObject;
  /** Undefined where it says nothing. */
  readonly isTrained: boolean | undefined;
}

/** Errors: `bad-data` for other values, for marks that disagree, and for marks of parts. */
export function takeMarks(row: RowReader, message: JsonObject, place: string): MarkedMessage {
  if (!KEYS.some((key) => key in message)) return { rest: message, isTrained: undefined };
  const detail = DETAILS.find((key) => (message[key] ?? null) !== null);
  if (detail !== undefined)
    throw row.refuse(
      `${place}.${detail} marks parts of a message, which is not supported`,
      'mark whole messages (train: true or false), or split the message',
    );
  const written = MARKS.filter((key) => key in message);
  const said = written.filter((key) => (message[key] ?? null) !== null);
  const values = said.map((key) => markOf(row, message[key], `${place}.${key}`));
  if (values.some((value) => value !== values[0]))
    throw row.refuse(`${place}: ${said.join(' and ')} disagree about training`, 'keep one of them');
  const rest = Object.entries(message).filter(([key]) => !written.some((mark) => mark === key));
  return { rest: Object.fromEntries(rest), isTrained: values[0] };
}

/** The marks of a message of another form, with their keys. */
export function marksOf(message: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(message).filter(([key]) => KEYS.includes(key)));
}

function markOf(row: RowReader, written: unknown, place: string): boolean {
  const value = plainNumber(written);
  if (value === 1 || value === true) return true;
  if (value === 0 || value === false) return false;
  throw row.refuse(
    `${place} must be true, false, 1 or 0, it is ${JSON.stringify(value)}`,
    'other weights of messages are not supported',
  );
}
