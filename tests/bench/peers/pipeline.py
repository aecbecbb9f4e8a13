"""The face pipeline as a user would write it: OpenCV decodes, cuts and aligns, NumPy normalises, ONNX Runtime runs batches of
16. Reads a description as JSON from standard input, runs once to warm up and once to be measured; prints seconds, processor
time and what it found. Without `onnxruntime` only what is around the networks is measured ('networks' is false)."""
import json
import sys
import time

import cv2
import numpy as np

try:
    import onnxruntime
except ImportError:
    onnxruntime = None

BATCH = 16
TEMPLATE = np.array(
    [[38.2946, 51.6963], [73.5318, 51.5014], [56.0252, 71.7366], [41.5493, 92.3655], [70.7299, 92.2041]], np.float32
)


class Network:
    def __init__(self, described):
        self.__dict__.update(described)
        self.mean, self.std = np.array(self.mean, np.float32), np.array(self.std, np.float32)
        self.sessions = []
        if onnxruntime is not None:
            options = onnxruntime.SessionOptions()
            # Without it PFLD alone takes 97 ms of processor time per face; the peer is to be as good as it can be.
            options.add_session_config_entry('session.set_denormal_as_zero', '1')
            self.sessions = [onnxruntime.InferenceSession(path, options) for path in self.paths]

    def run(self, crops):
        pixels = np.stack(crops)
        if self.channels == 'rgb':
            pixels = pixels[..., ::-1]
        inputs = (pixels.astype(np.float32) - self.mean) / self.std
        if self.layout == 'nchw':
            inputs = np.ascontiguousarray(inputs.transpose(0, 3, 1, 2))
        runs = [session.run(None, {self.input: inputs}) for session in self.sessions]
        return [np.mean(each, axis=0) for each in zip(*runs)]


def square(picture, left, top, side, size):
    scale = size[0] / side
    return cv2.warpAffine(picture, np.float32([[scale, 0, -left * scale], [0, scale, -top * scale]]), tuple(size))


def around(left, top, width, height, scale):
    side = scale * max(width, height)
    return left + (width - side) / 2, top + (height - side) / 2, side


def bounds(points):
    low, high = points.min(0), points.max(0)
    return *low, *(high - low)


def batches(items):
    for start in range(0, len(items), BATCH):
        yield items[start : start + BATCH]


def detect(task):
    detector, finder = (Network(each) for each in task['networks'])
    width, height = detector.size

    def landmarks(pictures, squares):
        crops = [square(picture, *place, finder.size) for picture, place in zip(pictures, squares)]
        out = finder.run(crops)
        given = out[0].reshape(-1, 68, 2) if out else np.full((len(crops), 68, 2), 0.5, np.float32)
        return [np.array(place[:2]) + points * place[2] for points, place in zip(given, squares)]

    def run():
        rows = []
        for group in batches(task['faces']):
            pictures = [cv2.imread(face['path']) for face in group]
            scales, seen = [], []
            for picture in pictures:
                scale = min(width / picture.shape[1], height / picture.shape[0])
                small = cv2.resize(picture, None, fx=scale, fy=scale)
                left, top = (width - small.shape[1]) // 2, (height - small.shape[0]) // 2
                right, bottom = width - small.shape[1] - left, height - small.shape[0] - top
                seen.append(cv2.copyMakeBorder(small, top, bottom, left, right, cv2.BORDER_CONSTANT))
                scales.append((scale, left, top))
            out = detector.run(seen)
            whose, boxes = [], []
            for i, (scale, left, top) in enumerate(scales):
                if not out:
                    whose.append(i)
                    boxes.append(group[i]['box'])
                    continue
                scores = out[0][i, :, 1]
                keep = np.flatnonzero(scores >= 0.6)
                corners = out[1][i, keep] * np.float32([width, height, width, height])
                found = np.concatenate([corners[:, :2], corners[:, 2:] - corners[:, :2]], 1)
                for k in np.array(cv2.dnn.NMSBoxes(found.tolist(), scores[keep].tolist(), 0.6, 0.3)).ravel():
                    x, y, w, h = found[k]
                    whose.append(i)
                    boxes.append(((x - left) / scale, (y - top) / scale, w / scale, h / scale))
            for start in range(0, len(whose), BATCH):
                here = [pictures[i] for i in whose[start : start + BATCH]]
                first = landmarks(here, [around(*box, 1.15) for box in boxes[start : start + BATCH]])
                second = landmarks(here, [around(*bounds(points), 1.2) for points in first])
                for points in second:
                    eyes = [(points[36] + points[39]) / 2, (points[42] + points[45]) / 2]
                    rows.append(np.concatenate([*eyes, points[30], points[48], points[54]]))
        return rows

    return run


def prelabel(task):
    networks = [Network(each) for each in task['networks']]

    def run():
        rows = []
        for group in batches(task['faces']):
            pictures = [cv2.imread(face['path']) for face in group]
            for network in networks:
                crops = []
                for picture, face in zip(pictures, group):
                    box = face['box'] if network.region == 'box' else bounds(np.array(face['landmarks']).reshape(-1, 2))
                    crops.append(square(picture, *around(*box, network.scale), network.size))
                rows.extend(network.run(crops))
        return rows

    return run


def embed(task):
    (network,) = (Network(each) for each in task['networks'])

    def run():
        rows = []
        for group in batches(task['faces']):
            crops = []
            for face in group:
                points = np.array(face['points'], np.float32).reshape(-1, 2)
                matrix, _ = cv2.estimateAffinePartial2D(points, TEMPLATE, method=cv2.LMEDS)
                crops.append(cv2.warpAffine(cv2.imread(face['path']), matrix, tuple(network.size)))
            rows.extend(network.run(crops))
        return rows

    return run


description = json.load(sys.stdin)
measured = {'detect': detect, 'prelabel': prelabel, 'embed': embed}[description['what']](description)
cv2.setNumThreads(2)
# The first runs of a session are slower.
everything = description['faces']
description['faces'] = everything[:32]
measured()
description['faces'] = everything
wall, processor = time.perf_counter(), time.process_time()
rows = measured()
print(
    json.dumps(
        {
            'seconds': time.perf_counter() - wall,
            'processor': time.process_time() - processor,
            'rows': len(rows),
            'networks': onnxruntime is not None,
        }
    )
)
