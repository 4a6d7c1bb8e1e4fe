// What is written: data between tags, and `{{ ... }}`.
import { toStr } from '../python/strings.js';
import type { OutputNode } from '../nodes/statement.js';
import type { Str } from '../text/text.js';
import type { Compiler } from './compiler.js';
import { constantText, isConstant } from './folding.js';
import type { Execute } from './frame.js';
import type { Scope } from './scope.js';

export function compileOutput(compiler: Compiler, node: OutputNode, scope: Scope): Execute {
  const writes = node.parts.map((part): Execute => {
    if (part.kind === 'data') return writeText(part.text);
    const { at } = part;
    const value = compiler.expression(part, scope);
    const constant =
      isConstant(part, compiler.decided) && compiler.mayFold() ? constantText(value) : undefined;
    if (constant !== undefined) return writeText(constant);
    return (frame) => {
      const { run } = frame;
      const written = value(frame);
      run.at = at;
      run.write(toStr(run, written));
      return undefined;
    };
  });
  const [only] = writes;
  if (only !== undefined && writes.length === 1) return only;
  return (frame) => {
    for (const write of writes) write(frame);
    return undefined;
  };
}

function writeText(text: Str): Execute {
  return (frame) => {
    frame.run.write(text);
    return undefined;
  };
}
