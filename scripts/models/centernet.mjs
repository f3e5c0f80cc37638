/**
 * CenterNet on MobileNetV3 (human's `centernet`) → ONNX, cut to what a people counter needs: the maps before the
 * search for the best hundred boxes, and of its 80 classes only the first, person. Leaving out 79 of 80 maps of
 * 128×128 cells saves their last convolution, their sigmoids and their way out of the runtime.
 *
 * Input `input` [1, 512, 512, 3]: RGB, 0…255. Outputs `person` [1, 128, 128, 1]: P(the middle of a person is in this
 * cell); `wh` [1, 128, 128, 4]: how far the box reaches from the cell's corner to the left, top, right and bottom, in
 * pixels of the input.
 */
import { convertTfjsGraph } from './tfjs.mjs';

const SIDE = 512;
const CELLS = 128;
/** Where the classes are told apart: a 1×1 convolution. */
const CLASSIFIER = ['CenternetHead/centernet_cls_output/pointwise_weights', 'CenternetHead/centernet_cls_output/biases'];

/**
 * @param modelJson parsed centernet.json; @param bytes centernet.bin
 * @returns Buffer, the .onnx file
 * @throws Error when it is another network
 */
export function convertCenternet(modelJson, bytes) {
  return convertTfjsGraph(modelJson, bytes, {
    inputShape: [1, SIDE, SIDE, 3],
    outputs: [
      { node: 'tower_0/keypoints', name: 'person', shape: [1, CELLS, CELLS, 1] },
      { node: 'tower_0/wh', name: 'wh', shape: [1, CELLS, CELLS, 4] },
    ],
    weights: (weights) => { for (const name of CLASSIFIER) weights.set(name, firstOutput(weights.get(name), name)); },
  });
}

/** The last dimension counts the outputs. */
function firstOutput(weight, name) {
  if (!weight) throw new Error(`the weights have no ${name}: this is another network`);
  const { shape, data } = weight;
  const outputs = shape.at(-1);
  return { shape: [...shape.slice(0, -1), 1], data: data.filter((_, i) => i % outputs === 0) };
}
