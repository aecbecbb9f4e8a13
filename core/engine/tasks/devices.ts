import type { DeviceReport, Task } from '../types.ts';

/** What every device of this machine can do for models, and why not. */
const devices: Task<null, DeviceReport[]> = (_input, context) => context.engine.devices();
export default devices;
