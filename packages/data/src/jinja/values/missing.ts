// What Jinja's compiled code sees in a variable after its scope has ended: a template can reach it
// through a macro that outlives its loop, and it prints as `missing`.
import { PythonObject } from './value.js';

class Missing extends PythonObject {
  readonly typeName = 'MissingType';

  print(): string {
    return 'missing';
  }
}

export const MISSING = new Missing();
