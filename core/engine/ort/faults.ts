import { Fault, sentenceOf } from '../../foundation/fault.ts';

/**
 * ONNX Runtime's messages in words. They name C++ files and carry codes; what a person can act on is in the middle of
 * them. What is not known is quoted.
 */

const PATTERNS: readonly [RegExp, (match: RegExpMatchArray) => string][] = [
  [
    /([\w.]+:)?(\w+)\((-?\d+)\) is not a registered function\/op/,
    (m) => `it uses the operator '${m[2]}', which ONNX Runtime does not know`,
  ],
  [
    /No Op registered for (\S+) with domain_version of (\d+)/,
    (m) => `it uses the operator '${m[1]}', which ONNX Runtime does not know in opset ${m[2]}`,
  ],
  [
    /Could not find an implementation for (\w+)\((\d+)\) node with name '([^']*)'/,
    (m) => `no kernel runs the operator '${m[1]}' (version ${m[2]}) of the node '${m[3]}'`,
  ],
  [
    /Fatal error: (\S+) is not a registered/,
    (m) => `it uses the operator '${m[1]}', which ONNX Runtime does not know`,
  ],
  [
    /protobuf parsing failed|ModelProto does not have a graph|INVALID_PROTOBUF|No graph was found/i,
    () => 'its bytes are not a whole ONNX model: the file is cut short, damaged or of another format',
  ],
  [
    /Unsupported model IR version: (\d+), max supported IR version: (\d+)/,
    (m) =>
      `its IR version is ${m[1]} and at most ${m[2]} can be read: export it with an older release of ONNX`,
  ],
  [
    /[Oo]pset (\d+) is under development[\s\S]*?(?:support for domain (\S+) is till opset (\d+)|$)/,
    (m) =>
      m[3] === undefined
        ? `it uses opset ${m[1]}, which this ONNX Runtime does not support`
        : `it uses opset ${m[1]} of ${m[2]}, and at most ${m[3]} can be run: export it with an older opset`,
  ],
  [
    /failed:?\s*Load model from \S+ failed:\s*File doesn't exist|NO_SUCHFILE/,
    () => 'the file does not exist',
  ],
  [
    /External data path|external data|file_size.*out of bounds|tensor_name.*external/i,
    () => 'the file with its weights (external data) is missing beside it, or is too short',
  ],
  [
    /Failed to allocate memory for requested buffer of size (\d+)|bad_alloc|BFCArena.*allocate/,
    () => 'there is not enough memory for it',
  ],
  [
    /Got invalid dimensions for input: (\S+) for the following indices\s*([\s\S]*?)\s*Please fix/,
    (m) =>
      `the input '${m[1]}' has a shape that it does not take (${m[2]
        .trim()
        .replace(/\s*\n\s*/g, '; ')
        .replace(/index: (\d+) Got: (-?\d+) Expected: (-?\d+)/g, 'dimension $1 is $2 and must be $3')})`,
  ],
  [
    /Invalid rank for input: (\S+) Got: (\d+) Expected: (\d+)/,
    (m) => `the input '${m[1]}' has ${m[2]} dimensions and must have ${m[3]}`,
  ],
  [/input '([^']+)' is missing in 'feeds'/, (m) => `the input '${m[1]}' is missing`],
  [
    /Type Error: Type '([^']+)' of input parameter \(([^)]+)\) of operator \(([^)]+)\) in node \(([^)]*)\) is invalid/,
    (m) => `the operator '${m[3]}' (node '${m[4]}') does not take the type '${m[1]}' for '${m[2]}'`,
  ],
  [
    /\(op_type:(\w+), node name: ([^)]*)\): \[(?:TypeInferenceError|ShapeInferenceError)\] ?([\s\S]*)/,
    (m) => `the operator '${m[1]}' (node '${m[2]}') does not fit its inputs: ${tidy(m[3])}`,
  ],
  [
    /Non-zero status code returned while running (\w+) node\. Name:'([^']*)' Status Message: ([\s\S]*)/,
    (m) => `the operator '${m[1]}' (node '${m[2]}') failed: ${tidy(m[3])}`,
  ],
];

/** Takes away source paths, codes and colours, and the final full stop. */
function tidy(message: string): string {
  return message
    .replace(/\/\S*onnxruntime\S*:\d+\s*/g, '')
    .replace(/\[ONNXRuntimeError\]\s*:\s*\d+\s*:\s*\w+\s*:\s*/g, '')
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/\.+$/, '')
    .slice(0, 400);
}

/** Why it failed, as half a sentence without a full stop. */
export function causeOf(thrown: unknown): string {
  const message = sentenceOf(thrown);
  for (const [pattern, words] of PATTERNS) {
    const match = message.match(pattern);
    if (match) return words(match);
  }
  return tidy(message);
}

/** @param doing 'be loaded', 'be run on CPU, 2 threads' */
export function modelFault(model: string, doing: string, thrown: unknown): Fault {
  if (thrown instanceof Fault) return thrown;
  return new Fault(`The network '${model}' cannot ${doing}: ${causeOf(thrown)}.`);
}
