/**
 * A graph as ONNX bytes: y = MatMul(x, x) of [side, side] float32. It is small enough to write by hand in protobuf's
 * wire format, and needs a real kernel (and so a working shader compiler or driver) to run.
 */
export function probeModel(side = 4): Uint8Array {
  const varint = (value: number): number[] =>
    value < 128 ? [value] : [(value & 127) | 128, ...varint(value >> 7)];
  const name = (text: string): number[] => [...Buffer.from(text)];
  const bytes = (field: number, content: number[]): number[] => [
    (field << 3) | 2,
    ...varint(content.length),
    ...content,
  ];
  const int = (field: number, value: number): number[] => [field << 3, ...varint(value)];
  const dimension = bytes(1, int(1, side));
  const shape = bytes(2, [...dimension, ...dimension]);
  const tensorType = bytes(1, [...int(1, 1), ...shape]);
  const value = (text: string): number[] => [...bytes(1, name(text)), ...bytes(2, tensorType)];
  const node = [
    ...bytes(1, name('x')),
    ...bytes(1, name('x')),
    ...bytes(2, name('y')),
    ...bytes(4, name('MatMul')),
  ];
  const graph = [
    ...bytes(1, node),
    ...bytes(2, name('probe')),
    ...bytes(11, value('x')),
    ...bytes(12, value('y')),
  ];
  return Uint8Array.from([...int(1, 8), ...bytes(7, graph), ...bytes(8, int(2, 13))]);
}
