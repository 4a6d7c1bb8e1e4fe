// Loads modules one file at a time where the system allows few open files (`ulimit -n 64`). Node
// reads all imports of a module side by side, and a library of a hundred files would not load then.
// Plain JavaScript, and imported first: what comes after it is loaded this way.
import { readFileSync } from 'node:fs';
import { register } from 'node:module';

/** As many files as the imports of one module of any dependency, and room for the command's own. */
const ENOUGH = 512;

/** How many files this process may have open; Infinity where the system does not tell in a file. */
function limitOfOpenFiles() {
  try {
    const limit = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'));
    return limit === null ? Infinity : Number(limit[1]);
  } catch {
    return Infinity;
  }
}

if (limitOfOpenFiles() < ENOUGH) register('./read-one-module.js', import.meta.url);
