// The methods of str. `encode` gives bytes and is refused (lookup/type-info.ts).
import type { Str } from '../text/text.js';
import type { BuiltinTable } from '../values/builtin.js';
import { strChanges } from './str-changes.js';
import { strFormats } from './str-formats.js';
import { strParts } from './str-parts.js';
import { strQuestions } from './str-questions.js';

export const strMethods: BuiltinTable<Str> = new Map([
  ...strParts,
  ...strChanges,
  ...strQuestions,
  ...strFormats,
]);
