export * from '@automodel/recipe';
export type { CliContext } from './cli-context.js';
export { runCli } from './run-cli.js';
export type { Streams, TextStream } from './terminal/streams.js';
