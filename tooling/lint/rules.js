// The lint rules of this repository that no library has: file names, file headers, the length of
// lines, and the process streams that libraries must not touch. eslint.config.js loads them as the
// plugin `automodel`.
import { basename } from 'node:path';
import { lineLength } from './line-length.js';

const kebabCase = /^[a-z0-9]+(-[a-z0-9]+)*(\.(alone|test|config|d))*\.(ts|js|mjs)$/;
const catchAll = /^(utils?|helpers?|misc|common)\.(ts|js|mjs)$/;

/** A file is named in kebab-case for the one thing it exports; catch-all names are refused. */
const fileName = {
  meta: {
    type: 'suggestion',
    schema: [],
    docs: { description: 'kebab-case file names, no catch-all names' },
  },
  create(context) {
    return {
      Program(node) {
        const name = basename(context.filename);
        if (!kebabCase.test(name))
          context.report({ node, message: `"${name}": file names are kebab-case` });
        else if (catchAll.test(name))
          context.report({
            node,
            message: `"${name}": name the file for the one thing it exports`,
          });
      },
    };
  },
};

/** A source file opens with a comment that says what it is and what it promises. */
const fileHeader = {
  meta: {
    type: 'suggestion',
    schema: [],
    docs: { description: 'a file opens with what it is and what it promises' },
  },
  create(context) {
    return {
      Program(node) {
        const comments = context.sourceCode
          .getAllComments()
          .filter((comment) => comment.type !== 'Shebang');
        const first = context.sourceCode.ast.tokens[0];
        const opens =
          comments[0] !== undefined &&
          (first === undefined || comments[0].range[0] < first.range[0]);
        if (!opens)
          context.report({
            node,
            loc: { line: 1, column: 0 },
            message: 'open the file with a comment: what it is, its contract',
          });
      },
    };
  },
};

/**
 * Libraries return values and emit events: they never write to process streams, never exit and
 * handle no signals.
 */
const noProcessEffects = {
  meta: {
    type: 'problem',
    schema: [],
    docs: { description: 'libraries do not write to process streams, exit or handle signals' },
  },
  create(context) {
    const refused = new Set([
      'stdout',
      'stderr',
      'stdin',
      'exit',
      'exitCode',
      'abort',
      'kill',
      'on',
      'once',
      'chdir',
    ]);
    return {
      MemberExpression(node) {
        const { object, property } = node;
        if (
          node.computed ||
          object.type !== 'Identifier' ||
          object.name !== 'process' ||
          !refused.has(property.name)
        )
          return;
        if (
          property.name === 'kill' &&
          node.parent.type === 'CallExpression' &&
          node.parent.arguments[1]?.value === 0
        )
          return; // signal 0 only asks whether a process is there
        context.report({
          node,
          message:
            `process.${property.name} belongs to apps; a library returns values and emits ` +
            'events',
        });
      },
    };
  },
};

export const automodelRules = {
  rules: {
    'file-name': fileName,
    'file-header': fileHeader,
    'line-length': lineLength,
    'no-process-effects': noProcessEffects,
  },
};
