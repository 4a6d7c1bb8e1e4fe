// The rule on the length of lines. Two things may be longer than a line, because neither can be
// broken: a URL, and a printed graph or table in the template of an inline snapshot.

const URL = /[a-z]+:\/\/\S+/g;

const isSnapshot = ({ parent }) =>
  parent.type === 'CallExpression' &&
  parent.callee.type === 'MemberExpression' &&
  parent.callee.property.name === 'toMatchInlineSnapshot';

/** Lines hold at most as many characters as the rule's only option says. */
export const lineLength = {
  meta: {
    type: 'layout',
    schema: [{ type: 'integer', minimum: 1 }],
    docs: { description: 'lines of limited length; URLs and inline snapshots may be longer' },
  },
  create(context) {
    const [maximum] = context.options;
    const snapshots = [];
    const isInSnapshot = (line) =>
      snapshots.some(({ start, end }) => line >= start.line && line <= end.line);
    return {
      TemplateLiteral(node) {
        if (isSnapshot(node)) snapshots.push(node.loc);
      },
      'Program:exit'() {
        context.sourceCode.lines.forEach((text, index) => {
          const line = index + 1;
          const { length } = [...text.replace(URL, '')];
          if (length <= maximum || isInSnapshot(line)) return;
          context.report({
            loc: { start: { line, column: 0 }, end: { line, column: text.length } },
            message: `the line has ${length} characters: at most ${maximum}`,
          });
        });
      },
    };
  },
};
