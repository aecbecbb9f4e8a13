# Public face networks, rebuilt from their description for tests: PyTorch is the reference, not the thing tested.
import torch
from torch import nn


def conv(i, o, k, s=1, p=None, g=1, bias=False):
    return nn.Conv2d(i, o, k, s, (k - 1) // 2 if p is None else p, groups=g, bias=bias)


class IRBlock(nn.Module):
    def __init__(self, i, o, stride):
        super().__init__()
        self.bn1, self.conv1 = nn.BatchNorm2d(i), conv(i, o, 3)
        self.bn2, self.prelu = nn.BatchNorm2d(o), nn.PReLU(o)
        self.conv2, self.bn3 = conv(o, o, 3, stride), nn.BatchNorm2d(o)
        self.downsample = None
        if stride != 1 or i != o:
            self.downsample = nn.Sequential(conv(i, o, 1, stride), nn.BatchNorm2d(o))

    def forward(self, x):
        y = self.bn3(self.conv2(self.prelu(self.bn2(self.conv1(self.bn1(x))))))
        return y + (x if self.downsample is None else self.downsample(x))


class ArcFaceIR(nn.Module):
    def __init__(self, blocks, width=64, size=112, features=512):
        super().__init__()
        self.conv1, self.bn1, self.prelu = conv(3, width, 3), nn.BatchNorm2d(width), nn.PReLU(width)
        i = width
        for stage, count in enumerate(blocks):
            o = width << stage
            layer = [IRBlock(i if k == 0 else o, o, 2 if k == 0 else 1) for k in range(count)]
            setattr(self, 'layer%d' % (stage + 1), nn.Sequential(*layer))
            i = o
        self.bn2, self.fc = nn.BatchNorm2d(i), nn.Linear(i * (size // 16) ** 2, features)
        self.features = nn.BatchNorm1d(features)

    def forward(self, x):
        x = self.prelu(self.bn1(self.conv1(x)))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.features(self.fc(torch.flatten(self.bn2(x), 1)))


class Squeeze(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.fc1, self.fc2 = conv(c, c // 16, 1), conv(c // 16, c, 1)

    def forward(self, x):
        return x * torch.sigmoid(self.fc2(torch.relu(self.fc1(x.mean((2, 3), keepdim=True)))))


class CurricularBlock(nn.Module):
    def __init__(self, i, o, stride, squeeze):
        super().__init__()
        self.shortcut_layer = (
            nn.MaxPool2d(1, stride) if i == o else nn.Sequential(conv(i, o, 1, stride), nn.BatchNorm2d(o)))
        self.res_layer = nn.Sequential(
            nn.BatchNorm2d(i), conv(i, o, 3), nn.PReLU(o), conv(o, o, 3, stride), nn.BatchNorm2d(o),
            *([Squeeze(o)] if squeeze else []))

    def forward(self, x):
        return self.res_layer(x) + self.shortcut_layer(x)


class CurricularIR(nn.Module):
    def __init__(self, blocks, width=64, size=112, features=512, squeeze=False, affine=False):
        super().__init__()
        self.input_layer = nn.Sequential(conv(3, width, 3), nn.BatchNorm2d(width), nn.PReLU(width))
        body, i = [], width
        for stage, count in enumerate(blocks):
            o = width << stage
            body += [CurricularBlock(i if k == 0 else o, o, 2 if k == 0 else 1, squeeze) for k in range(count)]
            i = o
        self.body = nn.Sequential(*body)
        self.output_layer = nn.Sequential(
            nn.BatchNorm2d(i), nn.Dropout(0.4), nn.Flatten(), nn.Linear(i * (size // 16) ** 2, features),
            nn.BatchNorm1d(features, affine=affine))

    def forward(self, x):
        return self.output_layer(self.body(self.input_layer(x)))


SETTING = [(2, 64, 5, 2), (4, 128, 1, 2), (2, 128, 6, 1), (4, 128, 1, 2), (2, 128, 2, 1)]


def bottlenecks(block, width=1):
    made, i = [], int(64 * width)
    for t, c, n, s in SETTING:
        for k in range(n):
            made.append(block(i, int(c * width), s if k == 0 else 1, t))
            i = int(c * width)
    return nn.Sequential(*made)


class PreluBottleneck(nn.Module):
    def __init__(self, i, o, s, t):
        super().__init__()
        h = i * t
        self.connect = s == 1 and i == o
        self.conv = nn.Sequential(
            conv(i, h, 1), nn.BatchNorm2d(h), nn.PReLU(h), conv(h, h, 3, s, g=h), nn.BatchNorm2d(h), nn.PReLU(h),
            conv(h, o, 1), nn.BatchNorm2d(o))

    def forward(self, x):
        return x + self.conv(x) if self.connect else self.conv(x)


class PreluConv(nn.Module):
    def __init__(self, i, o, k, s, p, g=1, linear=False):
        super().__init__()
        self.conv, self.bn = nn.Conv2d(i, o, k, s, p, groups=g, bias=False), nn.BatchNorm2d(o)
        if not linear:
            self.prelu = nn.PReLU(o)
        self.linear = linear

    def forward(self, x):
        x = self.bn(self.conv(x))
        return x if self.linear else self.prelu(x)


class PreluMobileFaceNet(nn.Module):
    def __init__(self, kernel=(7, 6), width=1, features=128):
        super().__init__()
        a, b, c = int(64 * width), int(128 * width), int(512 * width)
        self.conv1, self.dw_conv1 = PreluConv(3, a, 3, 2, 1), PreluConv(a, a, 3, 1, 1, a)
        self.blocks = bottlenecks(PreluBottleneck, width)
        self.conv2 = PreluConv(b, c, 1, 1, 0)
        self.linear7 = PreluConv(c, c, kernel, 1, 0, c, linear=True)
        self.linear1 = PreluConv(c, features, 1, 1, 0, linear=True)

    def forward(self, x):
        x = self.conv2(self.blocks(self.dw_conv1(self.conv1(x))))
        return torch.flatten(self.linear1(self.linear7(x)), 1)


def block(i, o, k, s=1, g=1, act=True):
    p = 1 if k == 3 else 0
    return [nn.Conv2d(i, o, k, s, p, groups=g, bias=False), nn.BatchNorm2d(o)] + ([nn.PReLU(o)] if act else [])


class Layers(nn.Module):
    """Layers under one name, as the ArcFace code nests them."""

    def __init__(self, layers, residual=False):
        super().__init__()
        self.layers, self.residual = nn.Sequential(*layers), residual

    def forward(self, x):
        return x + self.layers(x) if self.residual else self.layers(x)


def depthwise(i, o, h, s, residual=False):
    return Layers([Layers(block(i, h, 1)), Layers(block(h, h, 3, s, h)), Layers(block(h, o, 1, act=False))], residual)


class ArcFaceMobile(nn.Module):
    def __init__(self, blocks, scale, size, features):
        super().__init__()
        a, c = 64 * scale, 128 * scale
        many = lambda n, o, h: Layers([depthwise(o, o, h, 1, True) for _ in range(n)])
        self.layers = nn.ModuleList([
            Layers(block(3, a, 3, 2)), Layers(block(a, a, 3, 1, 64)) if blocks[0] == 1 else many(blocks[0], a, 128),
            depthwise(a, a, 128, 2), many(blocks[1], a, 128), depthwise(a, c, 256, 2), many(blocks[2], c, 256),
            depthwise(c, c, 512, 2), many(blocks[3], c, 256)])
        self.conv_sep = Layers(block(c, 512, 1))
        self.features = Layers([
            Layers(block(512, 512, size // 16, 1, 512, False)), nn.Flatten(), nn.Linear(512, features, bias=False),
            nn.BatchNorm1d(features)])

    def forward(self, x):
        for layer in self.layers:
            x = layer(x)
        return self.features(self.conv_sep(x))


def renamed(state):
    """The same weights under the names that InsightFace_Pytorch gives."""
    import re
    stages = ['conv1', 'conv2_dw', 'conv_23', 'conv_3', 'conv_34', 'conv_4', 'conv_45', 'conv_5']
    parts, leaves = ['conv', 'conv_dw', 'project'], ['conv', 'bn', 'prelu']
    made = {}
    for name, value in state.items():
        m = re.match(r'layers\.(\d)\.(.*)\.(\w+)$', name)
        if m:
            stage, path, weight = int(m[1]), [int(p) for p in m[2].split('.') if p != 'layers'], m[3]
            words = [stages[stage]]
            if len(path) == 3: words += ['model', str(path[0])]
            if len(path) >= 2: words.append(parts[path[-2]])
            made['.'.join(words + [leaves[path[-1]], weight])] = value
        else:
            for old, new in [('conv_sep.layers.', 'conv_6_sep.'), ('features.layers.0.layers.', 'conv_6_dw.')]:
                if name.startswith(old):
                    at, weight = name[len(old):].split('.')
                    made[new + leaves[int(at)] + '.' + weight] = value
            for old, new in [('features.layers.2.', 'linear.'), ('features.layers.3.', 'bn.')]:
                if name.startswith(old): made[new + name[len(old):]] = value
    assert len(made) == len(state)
    return made
