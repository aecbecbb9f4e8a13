"""Naive detector decoders and suppression, loop by loop from the papers' formulas. Reads one JSON request on stdin."""
import json
import math
import sys

import numpy as np


def iou(a, b):
    x1, y1 = max(a[0], b[0]), max(a[1], b[1])
    x2, y2 = min(a[0] + a[2], b[0] + b[2]), min(a[1] + a[3], b[1] + b[3])
    inter = max(0.0, x2 - x1) * max(0.0, y2 - y1)
    return inter / (a[2] * a[3] + b[2] * b[3] - inter) if inter > 0 else 0.0


def nms(boxes, scores, limit):
    left = list(np.argsort(-np.asarray(scores), kind="stable"))
    keep = []
    while left:
        first = left.pop(0)
        keep.append(int(first))
        left = [i for i in left if iou(boxes[first], boxes[i]) <= limit]
    return keep


def scrfd(request):
    width, height = request["size"]
    faces = []
    for level, stride in enumerate((8, 16, 32)):
        score = np.float32(request["scores"][level])
        box = np.float32(request["boxes"][level]).reshape(-1, 4)
        points = np.float32(request["points"][level]).reshape(-1, 10)
        n = 0
        for row in range(math.ceil(height / stride)):
            for column in range(math.ceil(width / stride)):
                for _ in range(2):
                    if score[n] >= request["minScore"]:
                        cx, cy = column * stride, row * stride
                        d = box[n].astype(float) * stride
                        p = points[n].astype(float).reshape(5, 2) * stride + [cx, cy]
                        faces.append([cx - d[0], cy - d[1], d[0] + d[2], d[1] + d[3], *p.ravel(), float(score[n])])
                    n += 1
        assert n == len(score)
    return faces


def retinaface(request):
    width, height = request["size"]
    loc = np.float32(request["boxes"]).reshape(-1, 4).astype(float)
    logits = np.float32(request["classes"]).reshape(-1, 2).astype(float)
    landms = np.float32(request["points"]).reshape(-1, 5, 2).astype(float)
    faces, n = [], 0
    for stride, sides in ((8, (16, 32)), (16, (64, 128)), (32, (256, 512))):
        for row in range(math.ceil(height / stride)):
            for column in range(math.ceil(width / stride)):
                for side in sides:
                    # As the public code does it: everything as fractions of the input, pixels at the end.
                    prior = np.array([(column + 0.5) * stride / width, (row + 0.5) * stride / height, side / width, side / height])
                    e = np.exp(logits[n] - logits[n].max())
                    score = (e / e.sum())[1]
                    if score >= request["minScore"]:
                        centre = prior[:2] + loc[n, :2] * 0.1 * prior[2:]
                        size = prior[2:] * np.exp(loc[n, 2:] * 0.2)
                        corner = (centre - size / 2) * [width, height]
                        points = (prior[:2] + landms[n] * 0.1 * prior[2:]) * [width, height]
                        faces.append([*corner, *(size * [width, height]), *points.ravel(), float(score)])
                    n += 1
    assert n == len(loc)
    return faces


request = json.load(sys.stdin)
kind = request["kind"]
if kind == "nms":
    answer = nms(request["boxes"], request["scores"], request["limit"])
else:
    answer = {"scrfd": scrfd, "retinaface": retinaface}[kind](request)
json.dump(answer, sys.stdout)
