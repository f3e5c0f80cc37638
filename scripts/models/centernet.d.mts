export function convertCenternet(modelJson: object, bytes: Buffer): Buffer;
