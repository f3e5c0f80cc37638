export { createFiles, filesFolder, type Files, type FileUse } from './files.ts';
export { PLAN_SIDE, redraw, unusable } from './pictures.ts';
export { filesRoutes, withRawBodies } from './routes.ts';
export { IMAGE_TYPES, isImage, namedType, typeOf } from './rules.ts';
export { partsOf, pathOf } from './shelf.ts';
