import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The real faces and networks that lie beside the checkout, where they do. */
export const ASSETS = fileURLToPath(new URL('../../../shared/assets', import.meta.url));

export const HAVE_ASSETS = existsSync(`${ASSETS}/images/lfw`) && existsSync(`${ASSETS}/weights/pfld.onnx`);
