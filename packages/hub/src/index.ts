export { resolveModelFolder, type ResolveOptions } from './resolve-model-folder.js';
