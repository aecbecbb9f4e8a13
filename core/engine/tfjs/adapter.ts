import { Fault, sentenceOf } from '../../foundation/fault.ts';
import { Model } from '../../graph/model.ts';
import { type Adapter, modelName } from '../engines.ts';
import type { Placement } from '../types.ts';
import type { Api } from './api.ts';
import { editionOf, probeDevices } from './devices.ts';
import { loadLibrary } from './library.ts';
import { TfjsResidentSession } from './resident.ts';
import { TfjsSession } from './session.ts';

/** The TensorFlow.js adapter: an interpreter of ONNX operators over whichever edition is installed. */
export function createTfjsAdapter(): Adapter {
  const open = new Set<TfjsSession | TfjsResidentSession>();
  const onDispose = (one: TfjsSession | TfjsResidentSession) => open.delete(one);
  const opened = async (model: string | Uint8Array, placement: Placement): Promise<[Api, Model, string]> => {
    const edition = editionOf(placement.device);
    if (edition === undefined) throw new Fault(`TensorFlow.js has no device '${placement.device}'.`);
    const api = await loadLibrary(edition);
    const name = modelName(model);
    return [api, typeof model === 'string' ? Model.read(model) : Model.decode(model, name), name];
  };
  return {
    id: 'tfjs',
    devices: probeDevices,
    causeOf: (thrown) => sentenceOf(thrown).trim().replace(/\.+$/, ''),
    named: (placement) => placement,

    async load(model, placement) {
      const session = new TfjsSession(...(await opened(model, placement)), placement, onDispose);
      open.add(session);
      return session;
    },

    async loadResident(model, values, placement) {
      const session = new TfjsResidentSession(
        ...(await opened(model, placement)),
        placement,
        values,
        onDispose,
      );
      open.add(session);
      return session;
    },

    async release() {
      for (const session of [...open]) await session.dispose();
    },
  };
}
