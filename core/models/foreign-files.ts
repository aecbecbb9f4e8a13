import { closeSync, openSync, readSync } from 'node:fs';
import { basename, extname } from 'node:path';
import { diskFault, Fault, sentenceOf } from '../foundation/fault.ts';

/** Networks of other programs: what they are, by ending. */
const PYTORCH = 'a checkpoint of PyTorch';
const BY_ENDING: Readonly<Record<string, string>> = {
  ...{ '.pth': PYTORCH, '.pt': PYTORCH, '.ckpt': PYTORCH, '.th': PYTORCH, '.tar': PYTORCH },
  '.safetensors': 'a file of weights (safetensors)',
  ...{ '.h5': 'a model of Keras (HDF5)', '.hdf5': 'a model of Keras (HDF5)', '.keras': 'a model of Keras' },
  '.pb': 'a graph of TensorFlow',
  '.tflite': 'a model of TensorFlow Lite',
  ...{ '.params': 'weights of MXNet', '.mlmodel': 'a model of Core ML', '.caffemodel': 'weights of Caffe' },
  ...{ '.engine': 'an engine of TensorRT', '.trt': 'an engine of TensorRT', '.mnn': 'a model of MNN' },
  ...{ '.param': 'a model of ncnn', '.xml': 'a model of OpenVINO', '.ort': 'a model in ORT format' },
};

const REMEDY: Readonly<Record<string, string>> = {
  Keras: 'python -m tf2onnx.convert --keras MODEL --output model.onnx (or model.export(…, format="onnx"))',
  'TensorFlow Lite': 'python -m tf2onnx.convert --tflite MODEL --output model.onnx',
  TensorFlow: 'python -m tf2onnx.convert --graphdef MODEL --inputs … --outputs … --output model.onnx',
  MXNet: 'mxnet.onnx.export_model(SYMBOL, PARAMS, …) in Python',
};

/** By how the file begins; the ending can lie. */
function byContent(head: Buffer): string | undefined {
  if (head.subarray(0, 4).equals(Buffer.from('PK\x03\x04', 'latin1'))) {
    return head.includes('data.pkl') || head.includes('/version') || head.includes('/byteorder')
      ? PYTORCH
      : undefined;
  }
  if (head[0] === 0x80 && head[1] >= 2 && head[1] <= 5) return PYTORCH;
  if (head.subarray(0, 8).equals(Buffer.from('\x89HDF\r\n\x1a\n', 'latin1'))) return BY_ENDING['.h5'];
  if (head.toString('latin1', 4, 8) === 'TFL3') return BY_ENDING['.tflite'];
  if (head.toString('latin1', 4, 8) === 'ORTM') return BY_ENDING['.ort'];
  if (head.length > 9 && head[8] === 0x7b && head.readBigUInt64LE(0) < 1n << 27n)
    return BY_ENDING['.safetensors'];
  return undefined;
}

/**
 * Refuses what is a network, but none in ONNX, and says what to do with it.
 * @throws Fault that names the file, what it is and the way from there to ONNX
 */
export function refuseForeign(path: string): void {
  const head = Buffer.alloc(1024);
  let length: number;
  try {
    const file = openSync(path, 'r');
    try {
      length = readSync(file, head);
    } finally {
      closeSync(file);
    }
  } catch (thrown) {
    throw (
      diskFault(thrown, path, 'read') ??
      new Fault(`The file '${path}' cannot be read: ${sentenceOf(thrown)}.`)
    );
  }
  const ending = extname(path).toLowerCase();
  const what = byContent(head.subarray(0, length)) ?? (ending === '.onnx' ? undefined : BY_ENDING[ending]);
  if (what === undefined) return;
  const weights = what === PYTORCH || what === BY_ENDING['.safetensors'];
  const name = basename(path);
  const target = `${name.replace(/\.[^.]+$/, '')}.onnx`;
  const program = Object.keys(REMEDY).find((each) => what.includes(each));
  const way = weights
    ? `Convert it first: visage convert ${/^[\w./-]+$/.test(path) ? path : `'${path}'`} ${target} (networks that are not known there: torch.onnx.export in Python)`
    : `Export it to ONNX first${program === undefined ? '' : `: ${REMEDY[program]}`}`;
  throw new Fault(`'${path}' is ${what}, not an ONNX file. ${way}.`);
}
