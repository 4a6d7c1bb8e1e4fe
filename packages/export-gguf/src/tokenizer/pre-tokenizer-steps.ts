// What a byte-level pre-tokenizer of a tokenizer.json does, a text for each step, so that it can be
// compared with what llama.cpp knows.
import { isJsonObject } from '@automodel/checkpoint';
import type { JsonObject } from '@automodel/data';
import { stepsOf } from './tokenizer-steps.js';

const CONTROLS: Readonly<Record<string, string>> = { '\r': '\\r', '\n': '\\n', '\t': '\\t' };

/** A pattern may have a line's end as it is, and letters composed or not. */
const written = (pattern: string): string =>
  pattern.replace(/[\r\n\t]/g, (character) => CONTROLS[character] ?? character).normalize('NFC');

export const sameSteps = (a: readonly string[], b: readonly string[]): boolean =>
  a.length === b.length && a.every((step, i) => written(step) === written(b[i] ?? ''));

/** Errors: `unknown` of a step that no pre-tokenizer of llama.cpp has. */
export function describeSteps(
  preTokenizer: unknown,
  unknown: (step: string) => Error,
): readonly string[] {
  return stepsOf(preTokenizer, 'pretokenizers').flatMap((step) => describeStep(step, unknown));
}

function describeStep(step: JsonObject, unknown: (step: string) => Error): readonly string[] {
  switch (step['type']) {
    case 'ByteLevel':
      if (step['add_prefix_space'] === true) throw unknown('add_prefix_space');
      return step['use_regex'] === false ? [] : ['gpt2'];
    case 'Digits':
      return [step['individual_digits'] === true ? 'digits' : 'numbers'];
    case 'Punctuation':
      return [
        `punctuation ${typeof step['behavior'] === 'string' ? step['behavior'] : 'Isolated'}`,
      ];
    case 'Split': {
      const pattern = isJsonObject(step['pattern']) ? step['pattern']['Regex'] : undefined;
      if (typeof pattern === 'string' && isolates(step)) return [`split ${pattern}`];
    }
  }
  throw unknown(`the step ${String(step['type'])}`);
}

/** Matches and what lies between are pieces; it does not matter which of them is a match. */
const isolates = ({ behavior }: JsonObject): boolean => behavior === 'Isolated';
