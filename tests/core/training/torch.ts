/**
 * The small IR network of tests/core/training/small.ts in PyTorch (float64), trained on the same weights and pictures.
 * Reads `parameters` (name: [dims, numbers]), `steps` (each pictures and labels), `rate`, `optimiser` and its settings;
 * prints the loss of every step, the gradients of the first, and parameters and running averages at the end.
 */
export const TRAINING = `
import torch, torch.nn.functional as F
torch.set_default_dtype(torch.float64)
P, S = {}, {}
for name, (dims, values) in x['parameters'].items():
    t = torch.tensor(values, dtype=torch.float64).reshape(dims)
    if 'running_' in name: S[name] = t
    else: P[name] = t.requires_grad_()
def bn(v, name):
    return F.batch_norm(v, S[name + '.running_mean'], S[name + '.running_var'], P[name + '.weight'], P[name + '.bias'], True, 0.1, 1e-5)
def conv(v, name, stride):
    w = P[name + '.weight']
    return F.conv2d(v, w, stride=stride, padding=w.shape[-1] // 2)
def prelu(v, name):
    return F.prelu(v, P[name + '.weight'].flatten())
def block(v, name, stride):
    y = bn(v, name + '.bn1')
    y = prelu(bn(conv(y, name + '.conv1', 1), name + '.bn2'), name + '.prelu')
    y = bn(conv(y, name + '.conv2', stride), name + '.bn3')
    if name + '.shortcut.conv.weight' in P:
        v = bn(conv(v, name + '.shortcut.conv', stride), name + '.shortcut.bn')
    return y + v
def network(v):
    v = prelu(bn(conv(v, 'stem.conv', 1), 'stem.bn'), 'stem.prelu')
    for stage in range(1, 5):
        for b in (1, 2):
            v = block(v, 'stage%d.block%d' % (stage, b), 2 if b == 1 else 1)
    v = bn(v, 'tail.bn').flatten(1)
    v = F.linear(v, P['tail.fc.weight'], P['tail.fc.bias'])
    return F.linear(bn(v, 'embedding'), P['head.weight'])
decays = lambda p: sum(d > 1 for d in p.shape) > 1
groups = [{'params': [p for p in P.values() if decays(p)]}, {'params': [p for p in P.values() if not decays(p)], 'weight_decay': 0.0}]
optimiser = getattr(torch.optim, x['optimiser'])(groups, lr=x['rate'], **x['settings'])
losses, gradients = [], None
for pictures, labels in x['steps']:
    optimiser.zero_grad()
    loss = F.cross_entropy(network(torch.tensor(pictures, dtype=torch.float64).reshape(-1, 3, x['size'], x['size'])), torch.tensor(labels))
    loss.backward()
    if gradients is None: gradients = {name: p.grad.flatten().tolist() for name, p in P.items()}
    optimiser.step()
    losses.append(loss.item())
print(json.dumps({'losses': losses, 'gradients': gradients, 'end': {name: p.detach().flatten().tolist() for name, p in {**P, **S}.items()}}))`;
