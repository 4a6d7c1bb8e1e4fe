export * from '@automodel/recipe';
export * from '@automodel/run';
export type { CliContext } from './cli-context.js';
export { runCli } from './run-cli.js';
export type { Streams, TextStream } from './terminal/streams.js';
