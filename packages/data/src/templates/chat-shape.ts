// The shape of a chat: everything about its messages but the texts they hold. Chats of one shape
// differ in contents only, so a template that was traced for one of them writes the others too.
import { Float, type Text } from '../jinja/index.js';
import type { JsonObject } from '../json/json-object.js';
import type { ChatMessage } from './chat-message.js';

/** A chat taken apart. */
export interface ChatShape {
  /** The same for all chats of the shape. */
  readonly key: string;
  /** The texts, in the order in which a walk through the messages meets them. */
  readonly contents: readonly string[];
}

/** Longer chats rarely come twice in one shape. */
const MAX_MESSAGES = 64;
/** Values of these keys decide what a template does, so they belong to the shape. */
const NAMES: ReadonlySet<string> = new Set(['role', 'type', 'name']);
const DEEPEST = 16;
/** Types that no message has. */
const UNKNOWN: ReadonlySet<string> = new Set(['undefined', 'function', 'symbol']);

/** Whether the text at this path is contents; paths are those of `track`. */
export function isContents({ origin }: Text): boolean {
  const key = origin?.key;
  return key !== undefined && !NAMES.has(key.slice(key.lastIndexOf('.') + 1));
}

/** The shape of a chat; undefined where messages hold anything but JSON. */
export function shapeOf(messages: readonly ChatMessage[]): ChatShape | undefined {
  if (messages.length > MAX_MESSAGES) return undefined;
  const walk = new ShapeWalk();
  for (const message of messages) if (!walk.value(message, '', 0)) return undefined;
  return { key: walk.key, contents: walk.contents };
}

/** A text that cannot be taken for another one, whatever follows it. */
const counted = (text: string): string => `${text.length}:${text}`;

class ShapeWalk {
  key = '';
  readonly contents: string[] = [];

  /** False for what no shape can describe. */
  value(value: unknown, name: string, depth: number): boolean {
    if (typeof value === 'string') {
      if (NAMES.has(name)) this.key += counted(value);
      else {
        this.key += '$';
        this.contents.push(value);
      }
      return true;
    }
    if (value instanceof Float) this.key += `f${value.value}`;
    else if (typeof value !== 'object' || value === null) this.key += String(value);
    else if (depth > DEEPEST) return false;
    else return Array.isArray(value) ? this.#list(value, depth) : this.#object(value, depth);
    return !UNKNOWN.has(typeof value);
  }

  #list(list: readonly unknown[], depth: number): boolean {
    this.key += '[';
    for (const item of list) {
      if (!this.value(item, '', depth + 1)) return false;
      this.key += ',';
    }
    this.key += ']';
    return true;
  }

  #object(object: object, depth: number): boolean {
    if (Object.getPrototypeOf(object) !== Object.prototype) return false;
    this.key += '{';
    for (const name of Object.keys(object)) {
      const item = (object as JsonObject)[name];
      if (item === undefined) continue;
      this.key += counted(name);
      if (!this.value(item, name, depth + 1)) return false;
      this.key += ',';
    }
    this.key += '}';
    return true;
  }
}
