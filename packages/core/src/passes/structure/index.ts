// Structural fusion of recorded forward graphs.
export {
  fuseStructure,
  type Missed,
  type StructureOptions,
  type StructureReport,
} from './fuse-structure.js';
