// Writes a recorded graph node by node, each under the module that it belongs to.

const nodes = [];
let scope = [];
export const within = (names, body) => {
  const outer = scope;
  scope = [...outer, ...names];
  const result = body();
  scope = outer;
  return result;
};
export const node = (op, inputs, shape, attrs, dtype = 'float32') =>
  nodes.push({
    id: nodes.length,
    op,
    in: inputs,
    ...(attrs === undefined ? {} : { attrs }),
    shape,
    dtype,
    scope,
  }) - 1;
export const param = (name, shape) => node('param', [], shape, { name });
export const number = (value) => ({ c: value });
// written with a point below: Python's 1.0 is no 1
export const float = (value) => ({ c: `@float ${value}` });

export const positions = (count) => node('arange', [], [count], { start: 0, step: 1 }, 'int64');
export const reshape = (x, shape, dtype) => node('reshape', [x], shape, undefined, dtype);
export const permute = (x, shape, dims) => node('permute', [x], shape, { dims });

/** The file's text, and how many nodes it has. */
export function graphText(architecture, output) {
  const text = JSON.stringify({ format: 'recorded-graph/0', architecture, output, nodes });
  const written = text.replace(/"@float ([^"]+)"/g, (_, digits) =>
    /[.e]/.test(digits) ? digits : `${digits}.0`,
  );
  return { text: written, count: nodes.length };
}
