import type { VisageClient } from '../../core/contract/visage.ts';

/** What job forms choose from. */
export async function projectThings(client: VisageClient) {
  const [models, features, clusterings, devices] = await Promise.all([
    client.call('models.list', {}),
    client.call('features.list', {}),
    client.call('clusterings.list', {}),
    client.call('devices', {}),
  ]);
  return {
    models: models.map(({ name, manifest }) => ({ name, task: String(manifest.task) })),
    features: features.map(({ name, tap }) => ({ name, tap })),
    clusterings: clusterings.map(({ name }) => name),
    devices,
  };
}
