// What strategies of several processes stand on. A strategy says where parameters are and when
// gradients are added up; how many processes there are and who is who, it finds here.
export { createMesh, modelAxes, sizeOption, type MeshSizes } from './mesh/create-mesh.js';
export { bucketOption } from './gradients/bucket-option.js';
export { reduceGradients, type ReduceOptions } from './gradients/reduce-gradients.js';
