export * from './recorded-graph.js';
export * from './import-graph.js';
export * from './parse-recorded-graph.js';
