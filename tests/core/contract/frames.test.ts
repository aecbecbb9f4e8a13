import { expect, test } from 'vitest';
import { decodeFrame, encodeFrame } from '../../../core/contract/frames.ts';
import { Fault } from '../../../core/foundation/fault.ts';
import { Random } from '../../../core/foundation/random.ts';

test('what goes in comes out, whatever lies at odd places', () => {
  const message = {
    text: 'Grüße, 顔 </script>',
    nested: [{ a: Int16Array.of(-3, 300) }, new Uint8Array(0), { b: { c: Float64Array.of(Math.PI) } }],
    bytes: Buffer.from('abc'),
    odd: new Float32Array(new ArrayBuffer(16), 4, 3).fill(0.5),
    nothing: null,
  };
  const frame = encodeFrame(message);
  const shifted = new Uint8Array(frame.length + 3);
  shifted.set(frame, 3);
  for (const bytes of [frame, shifted.subarray(3)]) {
    expect(decodeFrame(bytes)).toEqual({ ...message, bytes: Uint8Array.from([97, 98, 99]) });
  }
});

test('big integers and Maps are not sent by accident as something else', () => {
  expect(() => encodeFrame({ x: BigInt64Array.of(1n) })).toThrow('BigInt64Array cannot be sent');
});

test('cut, changed and invented frames are refused in words and never read beyond their end', () => {
  const random = new Random(17);
  const frame = encodeFrame({
    type: 'call',
    id: 1,
    input: { faces: Int32Array.from({ length: 50 }, (_, i) => i) },
  });
  for (let round = 0; round < 3000; round++) {
    const bad = frame.slice(0, random.uniform() < 0.3 ? random.below(frame.length) : frame.length);
    for (let changes = random.below(4); changes > 0; changes--)
      bad[random.below(Math.min(bad.length, 120))] = random.below(256);
    try {
      decodeFrame(bad);
    } catch (thrown) {
      expect(thrown).toBeInstanceOf(Fault);
    }
  }
  const forged = (spec: string): Uint8Array => {
    const header = new TextEncoder().encode(`{"x":{"$column":${spec}}}`);
    const bytes = new Uint8Array(8 + header.length + 8);
    new DataView(bytes.buffer).setUint32(0, 0x31475356, true);
    new DataView(bytes.buffer).setUint32(4, header.length, true);
    bytes.set(header, 8);
    return bytes;
  };
  for (const spec of [
    '["f32",0,1000000]',
    '["f32",-8,1]',
    '["constructor",0,1]',
    '["f32",1,1]',
    '["f64",0,1e300]',
    '7',
  ]) {
    expect(() => decodeFrame(forged(spec)), spec).toThrow('a column that it does not hold');
  }
});
