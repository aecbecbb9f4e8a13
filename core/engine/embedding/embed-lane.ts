import { inputLength } from '../images/normalise.ts';
import { prepareHere } from '../images/pipeline.ts';
import type { LaneModule } from '../lanes/lanes.ts';
import type { FaceImage } from '../preparation.ts';
import { type EmbeddedFaces, FeatureNetwork, type NetworkPlan } from './network.ts';

/** Faces to features in a lane. */
const open: LaneModule<NetworkPlan, FaceImage, EmbeddedFaces> = async (engine, plan, { threads, batch }) => {
  const network = await FeatureNetwork.open(engine, plan, { device: 'cpu', threads, batch });
  const inputs = new Float32Array(batch * inputLength(plan.preparation));
  return async (items) => {
    const { prepared, rejects } = await prepareHere(items, [plan.preparation], [inputs]);
    const [{ faces, tensor }] = prepared;
    const rows = faces.length === 0 ? [] : await network.rows(tensor, faces.length);
    // What ONNX Runtime allocated cannot be given to another thread; rows are small.
    return { faces, rows: rows.map((values) => Float32Array.from(values)), rejects: rejects[0] };
  };
};
export default open;
