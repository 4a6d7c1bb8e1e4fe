// What every package is built against besides its own imports: Node's types. It is also the only
// file that tsconfig.build.json names:
// without a list, the declarations of every other package would be loaded into each build.
// / <reference types="node" />
