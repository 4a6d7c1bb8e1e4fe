// `{% call %}`, which gives a macro its body as `caller`, and `{% generation %}`, which marks what
// its body writes.
import { typeError } from '../failures/failure.js';
import type { CallBlockNode } from '../nodes/statement.js';
import { typeName } from '../python/type-names.js';
import { isStr } from '../text/text.js';
import { NO_NAMES } from '../values/value.js';
import { compileCallWith } from './calls.js';
import type { Compiler } from './compiler.js';
import type { Execute } from './frame.js';
import { compileMacroValue } from './macros.js';
import type { Scope } from './scope.js';

export function compileCallBlock(compiler: Compiler, node: CallBlockNode, scope: Scope): Execute {
  const caller = compileMacroValue(compiler, node, scope, undefined);
  if (node.call === undefined)
    return (frame) => {
      const { run } = frame;
      const { filled } = run;
      run.filled = { origin: filled.origin, mark: { source: filled.origin?.source } };
      const text = caller(frame).call(run, [], NO_NAMES);
      run.filled = filled;
      if (isStr(text)) run.write(text);
      return undefined;
    };
  const call = compileCallWith(compiler, node.call, scope, caller);
  return (frame) => {
    const text = call(frame);
    if (!isStr(text)) throw typeError(`expected str instance, ${typeName(text)} found`);
    frame.run.write(text);
    return undefined;
  };
}
