import type * as Tf from '@tensorflow/tfjs-core';

/** The functions of TensorFlow.js: every one of its packages offers those of the core. */
export type Api = typeof Tf;

/** A tensor of TensorFlow.js, as opposed to the engine's `Tensor` and the graph's `GraphTensor`. */
export type TfTensor = Tf.Tensor;
