export function namesInMesonList(file: string, list: string): string[];
export function workerSources(worker: string): string[];
export function workerSchemas(worker: string): string[];
