/**
 * BL and AS4 of the thesis in PyTorch, layer by layer as core/models/architectures builds them, trained for a few steps of
 * SGD with momentum on the CPU. Dynamic convolution is written the way its public code does it: the samples of a batch are
 * the groups of one grouped convolution with the mixed kernels. Reads the settings; prints seconds per step and peak memory.
 */
export const PEER = `
import json, sys, time, resource
import torch, torch.nn as nn, torch.nn.functional as F
x = json.load(sys.stdin)
threads = x['threads']
torch.set_num_threads(threads)
clock = time.process_time if threads == 1 else time.time
width, kind = x.get('width', 1), x['kind']
channels = [max(8, round(c * width / 8) * 8) for c in (64, 128, 256, 512)]
m, n = (x.get('groups', 4), x.get('experts', 4)) if kind == 'AS4' else (1, x.get('experts', 4))
class Routing(nn.Module):
    def __init__(s, i):
        super().__init__()
        h = max(4, round(i / 4))
        s.fc1, s.bn, s.fc2 = nn.Linear(i, h), nn.BatchNorm1d(h), nn.Linear(h, m * n)
    def forward(s, v):
        v = s.fc2(F.relu(s.bn(s.fc1(v.mean((2, 3))))))
        return F.softmax(v.view(-1, m, n), 2)
class Dynamic(nn.Module):
    def __init__(s, i, o, stride):
        super().__init__()
        s.o, s.stride = o, stride
        s.weight = nn.Parameter(torch.randn(m, n, o // m * (i // m) * 9) * (2 / (i // m * 9)) ** 0.5)
    def forward(s, v, alpha):
        b, c, h, w = v.shape
        kernels = torch.einsum('bgn,gnk->bgk', alpha, s.weight).reshape(b * s.o, c // m, 3, 3)
        y = F.conv2d(v.reshape(1, b * c, h, w), kernels, stride=s.stride, padding=1, groups=b * m)
        return y.view(b, s.o, *y.shape[2:])
class Block(nn.Module):
    def __init__(s, i, o, stride, dynamic):
        super().__init__()
        s.dynamic = dynamic
        s.bn1, s.bn2, s.bn3, s.prelu = nn.BatchNorm2d(i), nn.BatchNorm2d(o), nn.BatchNorm2d(o), nn.PReLU(o)
        if dynamic:
            s.routing, wide = Routing(i), 2 * o if m > 1 else o
            s.conv1, s.conv2 = Dynamic(i, wide, 1), Dynamic(o, wide, stride)
            if m > 1: s.squeeze1, s.squeeze2 = nn.Conv2d(wide, o, 1, bias=False), nn.Conv2d(wide, o, 1, bias=False)
        else:
            s.conv1, s.conv2 = nn.Conv2d(i, o, 3, 1, 1, bias=False), nn.Conv2d(o, o, 3, stride, 1, bias=False)
        s.shortcut = nn.Sequential() if i == o and stride == 1 else nn.Sequential(nn.Conv2d(i, o, 1, stride, bias=False), nn.BatchNorm2d(o))
    def run(s, v, which, alpha):
        if not s.dynamic: return getattr(s, 'conv%d' % which)(v)
        y = getattr(s, 'conv%d' % which)(v, alpha)
        return getattr(s, 'squeeze%d' % which)(y) if m > 1 else y
    def forward(s, v):
        alpha = s.routing(v) if s.dynamic else None
        y = s.prelu(s.bn2(s.run(s.bn1(v), 1, alpha)))
        return s.bn3(s.run(y, 2, alpha)) + s.shortcut(v)
layers, i = [nn.Conv2d(3, channels[0], 3, 1, 1, bias=False), nn.BatchNorm2d(channels[0]), nn.PReLU(channels[0])], channels[0]
for stage, o in enumerate(channels):
    for b in range(2):
        layers.append(Block(i, o, 2 if b == 0 else 1, kind != 'BL' and stage > 0)); i = o
side = x['size'] // 16
layers += [nn.BatchNorm2d(i), nn.Flatten(), nn.Linear(i * side * side, x['embedding']), nn.BatchNorm1d(x['embedding']), nn.Linear(x['embedding'], x['classes'], bias=False)]
net = nn.Sequential(*layers)
optimiser = torch.optim.SGD(net.parameters(), 0.01, 0.9, weight_decay=5e-4)
v, y = torch.randn(x['batch'], 3, x['size'], x['size']), torch.arange(x['batch']) * 37 % x['classes']
seconds = []
for k in range(x['steps'] + 1):
    begun = clock()
    optimiser.zero_grad()
    loss = F.cross_entropy(net(v), y)
    loss.backward()
    optimiser.step()
    loss.item()
    if k: seconds.append(clock() - begun)
print(json.dumps({'seconds': seconds, 'memory': resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000}))
`;
