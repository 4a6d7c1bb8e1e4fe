export { generate, type GenerateOptions } from './generate.js';
// The programs behind it, for plans and estimates.
export { prefillTokens } from './cached-sequence.js';
export { decodeProgram } from './decode-program.js';
export { cacheRows } from './key-value-cache.js';
export { nextTokenProgram } from './next-token-program.js';
