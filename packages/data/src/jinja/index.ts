// The template engine as the rest of the package uses it.
export { DEFAULT_LIMITS, type Limits } from './failures/limits.js';
export type { Mark, Piece, Rendering } from './rendering.js';
export {
  compile,
  type RenderOptions,
  type Template,
  type TracedRendering,
  type Variables,
} from './template.js';
export { Text, type Origin } from './text/text.js';
export type { Trace } from './trace.js';
export { Dict } from './values/dict.js';
export { fromJavaScript } from './values/from-javascript.js';
export { track, trackedTexts } from './values/track.js';
export { Float, List, Tuple, type Value } from './values/value.js';
