/**
 * The name that the public ArcFace code (IResNet) gives to a weight of our residual networks:
 * 'stage2.block1.shortcut.conv.weight' → 'layer2.0.downsample.0.weight'.
 */
export function arcfaceName(name: string): string {
  const top: Readonly<Record<string, string>> = {
    'stem.conv': 'conv1',
    'stem.bn': 'bn1',
    'stem.prelu': 'prelu',
    'tail.bn': 'bn2',
    'tail.fc': 'fc',
    embedding: 'features',
  };
  const end = name.lastIndexOf('.');
  const [layer, weight] = [name.slice(0, end), name.slice(end)];
  if (layer in top) return top[layer] + weight;
  const block = /^stage(\d+)\.block(\d+)\.(.+)$/.exec(layer);
  if (block === null) return name;
  const [, stage, number, part] = block;
  const theirs = part.replace('shortcut.conv', 'downsample.0').replace('shortcut.bn', 'downsample.1');
  return `layer${stage}.${Number(number) - 1}.${theirs}${weight}`;
}
