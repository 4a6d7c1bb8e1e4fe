/**
 * The frame of a request: polite, plain or clipped, with a capital and a full stop at times.
 */
import type { Random } from './random.js';

const openings = ['', '', '', '', 'please ', 'can you ', 'hey, ', 'could you please '];
const closings = ['', '', '', '', ' please', ', please', ', thanks'];
const question = /^(what|how|will|is|do I)\b/;
const imperative = new RegExp(
  '^(set|start|wake|make|get|remind|add|play|put|turn|switch|dim|tell|send|text|message|let|' +
    'write|heat|cool|call|ring|phone|dial|find|take|convert|change|give|count|time)\\b',
);

/**
 * Puts a request in a polite, plain or clipped frame: an opening or a closing at times, a capital
 * and a full stop at times.
 */
export function frameRequest(random: Random, request: string): string {
  let text = request;
  if (imperative.test(request)) text = random.pick(openings) + text + random.pick(closings);
  if (random.chance(0.5)) text = text.charAt(0).toUpperCase() + text.slice(1);
  if (random.chance(0.4)) text += question.test(request) ? '?' : '.';
  return text;
}
