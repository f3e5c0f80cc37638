export function convertTfjsGraph(modelJson: object, bytes: Buffer, io: { inputShape: number[]; outputShape: number[] }): Buffer;
