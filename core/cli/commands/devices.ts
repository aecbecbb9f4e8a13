import { startEngine } from '../../engine/client.ts';
import type { Command } from '../command.ts';

/** Says which devices can run models, in the order in which 'auto' looks at them. */
export const command: Command = {
  configure: (command) =>
    void command.addHelpText(
      'after',
      `
Every device multiplies matrices in a process of its own, so that a broken driver harms nothing. '--device auto' takes the
first usable one of the list that is faster than the CPU; an adapter that the processor emulates is not. ONNX Runtime (ort)
comes with Visage. TensorFlow.js (tfjs) is optional: '--engine tfjs' asks for it, and 'auto' takes it where it brings the
only GPU that can run; VISAGE_ENGINE says the same for the window.

Examples:
  visage devices
  visage devices --json`,
    ),

  async run() {
    const engine = startEngine({ freshProbes: true });
    try {
      const devices = await engine.devices();
      const width = Math.max(...devices.map(({ name }) => name.length));
      return {
        json: { devices },
        text: devices.map(
          ({ id, engine: by, name, usable, reason }) =>
            `${id.padEnd(7)} ${by.padEnd(4)} ${usable ? 'yes' : 'no '}  ${name.padEnd(width)}  ${reason}`,
        ),
      };
    } finally {
      await engine.close();
    }
  },
};
