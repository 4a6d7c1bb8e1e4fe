// A loader hook of Node that reads a module's file while nothing else is read, see
// few-open-files.js. Anything but a module of a local file is left to Node.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export function load(url, context, nextLoad) {
  if (context.format !== 'module' || !url.startsWith('file:')) return nextLoad(url, context);
  return { format: 'module', source: readFileSync(fileURLToPath(url)), shortCircuit: true };
}
