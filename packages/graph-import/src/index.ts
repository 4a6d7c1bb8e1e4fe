export * from './recorded-graph.js';
export * from './import-graph.js';
