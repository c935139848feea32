"""Writes the fixtures of the sequence models: an independent PyTorch version that pads histories,
masks them before the softmax and maps every event, where taskweave does none of it.

    python src/bench/peers/tin_reference.py src/core/src/test/resources/peers

The files are as those of stem_reference.py. A batch's histories are given by their events and each
row's user; which of them a row sees, and at what position, is worked out here anew.
"""
import json
import math
import pathlib
import sys

import torch
from safetensors.torch import save_file

from stem_reference import TASKS, Weights, losses, stem_net

SIZE, ROWS, DEVIATION = 2, 16, 0.7
FIELDS = [("user", 5), ("item", 7), ("category", 4)]
ATTRIBUTES = [("item", 7), ("category", 4)]
WIDTH = SIZE * len(ATTRIBUTES)
LENGTH, DELAY = 4, 5
VIEW_LENGTHS = [0, 1, 3, 9]
EDGES = [5, 20]


def interest(attention, columns, kind="POSITION", weights="SOFTMAX", **options):
    return dict(attention=attention, weights=weights,
                temporal=dict(kind=kind, positions=3, edgesMillis=EDGES, deviation=0.5),
                attentionLayers=[4, 3], projections=False, heads=1, mapped=False, columns=columns) | options


def seen(batch):
    """Per row the events that it sees, oldest first."""
    result = []
    for row in range(ROWS):
        user = batch["histories"][batch["user_of_row"][row]]
        before = [e for e in user if e["time"] < batch["time"][row] - DELAY]
        result.append(before[-LENGTH:])
    return result


def table(weights, view, name, rows):
    return weights.of(f"embedding/{view}/{name}", (rows, SIZE), DEVIATION, padded=True)


def look_up(weights, view, name, rows, ids):
    return torch.nn.functional.embedding(ids, table(weights, view, name, rows), padding_idx=0)


def pooled_history(weights, view, batch, spec):
    """The pooled history, the target, and what the product multiplies with."""
    name = f"sequence/{view}/clicks"
    events = seen(batch)
    longest = max(1, max(len(e) for e in events))
    mask = torch.zeros(ROWS, longest, dtype=torch.bool)
    ids = {a: torch.zeros(ROWS, longest, dtype=torch.long) for a, _ in ATTRIBUTES}
    steps = torch.zeros(ROWS, longest, dtype=torch.long)
    for row, history in enumerate(events):
        for place, event in enumerate(history):
            mask[row, place] = True
            for a, _ in ATTRIBUTES:
                ids[a][row, place] = event[a]
            if spec["temporal"]["kind"] == "POSITION":
                steps[row, place] = min(len(history) - place, spec["temporal"]["positions"])
            else:
                gap = batch["time"][row] - event["time"]
                steps[row, place] = 1 + sum(edge <= gap for edge in EDGES)
    h = torch.cat([look_up(weights, view, a, rows, ids[a]) for a, rows in ATTRIBUTES], -1)
    v = torch.cat([look_up(weights, view, a, rows, torch.tensor(batch[a])) for a, rows in ATTRIBUTES], -1)
    kind = spec["temporal"]["kind"]
    if kind != "NONE":
        rows = 1 + min(LENGTH, spec["temporal"]["positions"]) if kind == "POSITION" else 2 + len(EDGES)
        time = weights.of(f"{name}/temporal", (rows, WIDTH), 0.5)
        h, v = h + time[steps], v + time[0]
    any_event = mask.any(1, keepdim=True)

    def weigh(scores, allowed):
        if spec["weights"] == "SIGMOID":
            return torch.sigmoid(scores) * allowed
        return torch.softmax(scores.masked_fill(~allowed, -2.0**32), -1) * allowed

    heads = spec["heads"]
    part = WIDTH // heads

    def split(x):
        return x.unflatten(-1, (heads, part)).transpose(-2, -3)

    def project(x, which):
        return x @ weights.of(f"{name}/attention/{which}/weight", (WIDTH, WIDTH), 0.5) if spec["projections"] else x

    if spec["attention"] == "PERCEPTRON":
        q = v[:, None].expand_as(h)
        x = torch.cat([q, h, q - h, q * h], -1)
        for layer, width in enumerate(spec["attentionLayers"] + [1]):
            first = layer == 0
            shape = (x.shape[-1], 1, width) if first else (1, x.shape[-1], width)
            weight = weights.of(f"{name}/attention/score/linear{layer}/weight", shape, 0.5)
            bias = weights.of(f"{name}/attention/score/linear{layer}/bias", (1, width), 0.2)
            x = x @ (weight[:, 0] if first else weight[0]) + bias[0]
            x = torch.sigmoid(x) if layer < len(spec["attentionLayers"]) else x
        score = x[..., 0] / (math.sqrt(WIDTH) if spec["weights"] == "SOFTMAX" else 1)
        return (weigh(score, mask)[:, :, None] * h).sum(1), v, v
    if spec["attention"] == "DOT":
        q = project(v, "query")
        keys, values = split(project(h, "key")), split(project(h, "value"))
        score = (keys * split(q[:, None])).sum(-1) / math.sqrt(part)
        c = (weigh(score, mask[:, None])[..., None] * values).sum(2).flatten(1)
        return c, v, q
    tokens = torch.cat([h, v[:, None]], 1)
    allowed = torch.cat([mask, torch.ones(ROWS, 1, dtype=torch.bool)], 1)
    q, k, u = (split(project(tokens, which)) for which in ("query", "key", "value"))
    a = weigh(q @ k.transpose(-1, -2) / math.sqrt(part), allowed[:, None, None])
    results = (a @ u).transpose(1, 2).flatten(2) * allowed[:, :, None]
    return results.sum(1) / allowed.sum(1, keepdim=True) * any_event, v, v


def channel_scale(weights, name, x):
    gamma = weights.of(f"{name}/gamma", (x.shape[1],), 0.3)
    beta = weights.of(f"{name}/beta", (x.shape[1],), 0.3)
    return (1 + gamma) * x / math.sqrt(1.001) + beta


def inputs(weights, view, batch, spec):
    c, v, factor = pooled_history(weights, view, batch, spec)
    if spec["mapped"]:
        name = f"sequence/{view}/clicks"
        weight = weights.of(f"{name}/map/linear0/weight", (WIDTH, 1, WIDTH), 0.5)
        bias = weights.of(f"{name}/map/linear0/bias", (1, WIDTH), 0.2)
        c = channel_scale(weights, f"{name}/scale", c) @ weight[:, 0] + bias[0]
    parts = [look_up(weights, view, f, rows, torch.tensor(batch[f])) for f, rows in FIELDS
             if "TARGET" not in spec["columns"] or f not in dict(ATTRIBUTES)]
    parts += [{"POOLED": c, "TARGET": v, "PRODUCT": c * factor}[column] for column in spec["columns"]]
    return torch.cat(parts, 1)


def interest_net(weights, batch, spec):
    x = inputs(weights, "shared", batch, spec["embedding"]["interest"])
    if spec["scaledInputs"]:
        x = channel_scale(weights, "inputs/scale", x)
    logits = []
    for t in TASKS:
        h = x
        for layer, width in enumerate(spec["towerLayers"] + [1]):
            shape = (h.shape[1], 1, width) if layer == 0 else (1, h.shape[1], width)
            weight = weights.of(f"towers/task-{t}/linear{layer}/weight", shape, 0.5)
            bias = weights.of(f"towers/task-{t}/linear{layer}/bias", (1, width), 0.2)
            h = h @ (weight[:, 0] if layer == 0 else weight[0]) + bias[0]
            if layer < len(spec["towerLayers"]):
                h = torch.sigmoid(h) if spec["activation"] == "SIGMOID" else torch.relu(h)
        z = h[:, 0]
        if spec["biasField"]:
            rows = dict(FIELDS)[spec["biasField"]]
            bias = weights.of(f"bias/task-{t}/{spec['biasField']}", (rows, 1), 0.5, padded=True)
            z = z + torch.nn.functional.embedding(torch.tensor(batch[spec["biasField"]]), bias, padding_idx=0)[:, 0]
        logits.append(z)
    return logits


def stem_net_with_histories(weights, batch, spec):
    def read(w, view, b):
        return inputs(w, view, b, spec["embedding"]["interest"])

    return stem_net(weights, {**batch, "tasks": TASKS}, spec, read)


def draw_batch(seed):
    g = torch.Generator().manual_seed(seed)

    def ids(bound, count):
        return torch.randint(0, bound, (count,), generator=g).tolist()

    batch = {name: ids(rows, ROWS) for name, rows in FIELDS}
    histories = []
    for length in VIEW_LENGTHS:
        times = sorted(ids(60, length))
        histories.append([dict(time=t, item=i, category=c) for t, i, c in zip(times, ids(7, length), ids(4, length))])
    batch["histories"] = histories
    batch["user_of_row"] = [row % len(VIEW_LENGTHS) for row in range(ROWS)]
    batch["time"] = ids(90, ROWS)
    batch["weight"] = [[1.0, 0.5, 2.0, 0.0][i % 4] if i > 7 else 1.0 for i in range(ROWS)]
    batch["labels"] = [[label - 1 if label < 2 and i % 3 == 0 else i % 2 for i, label in enumerate(ids(3, ROWS))] for _ in TASKS]
    return batch


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)

    def net(spec, **options):
        return ("interest-net", interest_net,
                dict(embedding=dict(size=SIZE, deviation=DEVIATION, interest=spec), towerLayers=[3], activation="RELU",
                     scaledInputs=False, biasField="", dropout=0.0) | options)

    paper = interest("DOT", ["PRODUCT"])
    stem = dict(embedding=dict(size=SIZE, deviation=DEVIATION, interest=paper), layers=1, sharedExperts=2, specificExperts=1,
                expertLayers=[5, 4], gateLayers=[3], towerLayers=[3], dropout=0.0, gateInput="OWN_PLUS_SHARED", strictStop=False)
    cases = {
        "tin-paper": net(paper),
        "tin-interval": net(interest("DOT", ["PRODUCT"], kind="INTERVAL")),
        "tin-released": net(interest("DOT", ["POOLED", "TARGET", "PRODUCT"], mapped=True),
                            activation="SIGMOID", scaledInputs=True, biasField="item", towerLayers=[5, 3]),
        "tin-heads": net(interest("DOT", ["PRODUCT"], projections=True, heads=2)),
        "din": net(interest("PERCEPTRON", ["POOLED"], kind="NONE")),
        "din-sigmoid": net(interest("PERCEPTRON", ["POOLED", "PRODUCT"], kind="NONE", weights="SIGMOID")),
        "self-attention": net(interest("SELF", ["POOLED", "PRODUCT"], projections=True, heads=2)),
        "stem-tin": ("stem-net", stem_net_with_histories, stem),
    }
    fields = [dict(name=name, kind="CATEGORICAL", table=name, tableRows=rows, pooling="MEAN", idDropout=0.0) for name, rows in FIELDS]
    attributes = [dict(name=name, table=name, tableRows=rows, target=name) for name, rows in ATTRIBUTES]
    sequence = dict(name="clicks", attributes=attributes, maxLength=LENGTH, order="TIME", delayMillis=DELAY)
    for seed, (case, (kind, model, spec)) in enumerate(cases.items()):
        weights, batch = Weights(300 + seed), draw_batch(400 + seed)
        logits = model(weights, batch, spec)
        each = losses(logits, batch)
        each.sum().backward()
        tensors = {name: value.detach() for name, value in weights.values.items()}
        tensors.update({"gradient/" + name: torch.zeros_like(value) if value.grad is None else value.grad
                        for name, value in weights.values.items()})
        tensors["result/logits"] = torch.stack(logits).detach()
        tensors["result/losses"] = each.detach()
        save_file({name: value.float().contiguous() for name, value in tensors.items()}, folder / f"{case}.safetensors")
        samples = dict(fields=fields, tasks=TASKS, sequences=[sequence])
        model_file = dict(format_version=3, type=kind, model=spec, samples=samples)
        (folder / f"{case}.json").write_text(json.dumps(dict(model_file=model_file, batch=batch)) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
