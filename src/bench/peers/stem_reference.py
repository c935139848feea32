"""Writes the fixtures that the model tests compare with: an independent PyTorch version of the
models of taskweave on a tiny batch.

    python src/bench/peers/stem_reference.py src/core/src/test/resources/peers

Each <case>.safetensors holds the weights under the names of taskweave, the logits, the loss of each
task and, as gradient/<name>, the gradient of the summed losses; the case's settings and the batch
stand in <case>.json. All is computed in double precision and stored as float32.
"""
import json
import pathlib
import sys

import torch
from safetensors.torch import save_file

SIZE, ROWS, DEVIATION = 3, 16, 0.5
FIELDS = [("user", "user", 5, "categorical"), ("item", "item", 6, "categorical"),
          ("history", "item", 6, "mean"), ("tags", "tag", 4, "sum"), ("price", "price", 1, "numeric")]
TASKS = ["finish", "like"]
THREE_TASKS = ["finish", "like", "share"]


class Weights:
    """Creates leaf tensors by name at first use."""

    def __init__(self, seed):
        self.generator = torch.Generator().manual_seed(seed)
        self.values = {}

    def of(self, name, shape, deviation, padded=False):
        if name not in self.values:
            value = deviation * torch.randn(shape, generator=self.generator, dtype=torch.float64)
            value = value.float().double()
            if padded:
                value[0] = 0
            self.values[name] = value.requires_grad_(True)
        return self.values[name]


def embed(weights, view, batch):
    parts = []
    for name, table, rows, kind in FIELDS:
        if kind == "numeric":
            vector = weights.of(f"numeric/{view}/{name}/weight", (1, SIZE), 0.5)
            parts.append(torch.tensor(batch[name], dtype=torch.float64)[:, None] * vector)
            continue
        table = weights.of(f"embedding/{view}/{table}", (rows, SIZE), DEVIATION, padded=True)
        if kind == "categorical":
            parts.append(torch.nn.functional.embedding(torch.tensor(batch[name]), table, padding_idx=0))
        else:
            pooled = []
            for ids in batch[name]:
                known = [i for i in ids if i != 0]
                total = table[known].sum(0) if known else torch.zeros(SIZE, dtype=torch.float64)
                pooled.append(total / len(known) if kind == "mean" and known else total)
            parts.append(torch.stack(pooled))
    return torch.cat(parts, 1)


def perceptrons(weights, name, x, members, hidden, output=None):
    """The members' results; weight of the first layer [in, members, out], of later ones [members, in, out]."""
    widths = list(hidden) + ([output] if output else [])
    results = []
    for m in range(members):
        h = x
        for layer, width in enumerate(widths):
            shape = (h.shape[1], members, width) if layer == 0 else (members, h.shape[1], width)
            weight = weights.of(f"{name}/linear{layer}/weight", shape, 0.5)
            bias = weights.of(f"{name}/linear{layer}/bias", (members, width), 0.2)
            h = h @ (weight[:, m] if layer == 0 else weight[m]) + bias[m]
            h = torch.relu(h) if layer < len(hidden) else h
        results.append(h)
    return results


def mixed(weights, name, looked_at, hidden, read):
    logits = perceptrons(weights, name, looked_at, 1, hidden, len(read))[0]
    return (torch.softmax(logits, 1)[:, :, None] * torch.stack(read, 1)).sum(1)


def tower(weights, task, x, spec):
    return perceptrons(weights, f"towers/task-{task}", x, 1, spec["towerLayers"], 1)[0][:, 0]


def towers(weights, tasks, inputs, spec):
    return [tower(weights, t, x, spec) for t, x in zip(tasks, inputs)]


def layered(weights, tasks, xs, spec, read_by, looked_at):
    """STEM-Net and PLE: read_by(gate, layer's experts by view) are the values that a gate mixes."""
    views = ["task-" + t for t in tasks] + ["shared"]
    last = len(tasks)
    for layer in range(spec["layers"]):
        prefix = f"layer{layer}/" if spec["layers"] > 1 else ""
        experts = [perceptrons(weights, f"{prefix}experts/{view}", x,
                               spec["sharedExperts"] if v == last else spec["specificExperts"], spec["expertLayers"])
                   for v, (view, x) in enumerate(zip(views, xs))]
        gates = range(last if layer == spec["layers"] - 1 else last + 1)
        xs = [mixed(weights, f"{prefix}gates/{views[g]}", looked_at(g, xs), spec["gateLayers"], read_by(g, experts))
              for g in gates]
    return towers(weights, tasks, xs, spec)


def stem_net(weights, batch, spec, embed=embed):
    last = len(batch["tasks"])

    def read_by(gate, experts):
        stops = [v != last and v != gate and (gate != last or spec["strictStop"]) for v in range(last + 1)]
        return [e.detach() if stopped else e for stopped, group in zip(stops, experts) for e in group]

    def looked_at(gate, xs):
        return xs[gate] if gate == last or spec["gateInput"] == "OWN" else xs[gate] + xs[last]

    xs = [embed(weights, view, batch) for view in ["task-" + t for t in batch["tasks"]] + ["shared"]]
    return layered(weights, batch["tasks"], xs, spec, read_by, looked_at)


def ple(weights, batch, spec):
    last = len(batch["tasks"])

    def read_by(gate, experts):
        if gate < last:
            return experts[gate] + experts[last]
        return sum(experts, []) if spec["sharedGate"] == "ALL_EXPERTS" else experts[last]

    if spec["separateTables"]:
        xs = [embed(weights, view, batch) for view in ["task-" + t for t in batch["tasks"]] + ["shared"]]
    else:
        xs = [embed(weights, "shared", batch)] * (last + 1)
    return layered(weights, batch["tasks"], xs, spec, read_by, lambda gate, xs: xs[gate])


def one_mixture(weights, batch, spec, gates):
    views = [f"table-{v}" for v in range(len(batch["tasks"]) + 1)] if spec["separateTables"] else ["shared"]
    xs = [embed(weights, view, batch) for view in views]
    experts = []
    for v, (view, x) in enumerate(zip(views, xs)):
        members = len(range(v, spec["experts"], len(views)))
        experts += perceptrons(weights, f"experts/{view}", x, members, spec["expertLayers"])
    return [mixed(weights, f"gates/{gate}", sum(xs), spec["gateLayers"], experts) for gate in gates]


def mmoe(weights, batch, spec):
    return towers(weights, batch["tasks"], one_mixture(weights, batch, spec, ["task-" + t for t in batch["tasks"]]), spec)


def omoe(weights, batch, spec):
    return towers(weights, batch["tasks"], one_mixture(weights, batch, spec, ["shared"]) * len(batch["tasks"]), spec)


def shared_bottom(weights, batch, spec):
    bottom = perceptrons(weights, "bottom/shared", embed(weights, "shared", batch), 1, spec["bottomLayers"])[0]
    return towers(weights, batch["tasks"], [bottom] * len(batch["tasks"]), spec)


def single_task(weights, batch, spec):
    logits = []
    for t in batch["tasks"]:
        bottom = perceptrons(weights, f"bottom/task-{t}", embed(weights, f"task-{t}", batch), 1, spec["bottomLayers"])[0]
        logits.append(tower(weights, t, bottom, spec))
    return logits


def aitm(weights, batch, spec):
    x = embed(weights, "shared", batch)
    outputs = []
    for position, t in enumerate(batch["tasks"]):
        bottom = perceptrons(weights, f"bottom/task-{t}", x, 1, spec["bottomLayers"])[0]
        if position == 0:
            outputs.append(bottom)
            continue
        width = bottom.shape[1]
        handed = perceptrons(weights, f"transfer/task-{t}", outputs[-1], 1, [], width)[0]
        values, logits = [], []
        for candidate in (handed, bottom):
            value, key, query = perceptrons(weights, "transfer/attention", candidate, 3, [], width)
            values.append(value)
            logits.append((key * query).sum(1) / width ** 0.5)
        share = torch.softmax(torch.stack(logits, 1), 1)
        outputs.append((share[:, :, None] * torch.stack(values, 1)).sum(1))
    return towers(weights, batch["tasks"], outputs, spec)


def esmm(weights, batch, spec):
    x = embed(weights, "shared", batch)
    bottoms = [perceptrons(weights, f"bottom/task-{t}", x, 1, spec["bottomLayers"])[0] for t in batch["tasks"]]
    first, given = towers(weights, batch["tasks"], bottoms, spec)
    return [first, torch.logit(torch.sigmoid(first) * torch.sigmoid(given))]


def draw_batch(seed, tasks):
    g = torch.Generator().manual_seed(seed)

    def ids(bound, count):
        return torch.randint(0, bound, (count,), generator=g).tolist()

    batch = {name: ids(rows, ROWS) for name, _, rows, kind in FIELDS if kind == "categorical"}
    for name, _, rows, kind in FIELDS:
        if kind in ("mean", "sum"):
            batch[name] = [ids(rows, n) for n in ids(4, ROWS)]
    batch["price"] = torch.randn(ROWS, generator=g).tolist()
    batch["weight"] = [[1.0, 0.5, 2.0, 0.0][i % 4] if i > 7 else 1.0 for i in range(ROWS)]
    batch["labels"] = [[label - 1 if label < 2 and i % 3 == 0 else i % 2 for i, label in enumerate(ids(3, ROWS))] for _ in tasks]
    batch["tasks"] = tasks
    return batch


def losses(logits, batch):
    weight = torch.tensor(batch["weight"], dtype=torch.float64)
    result = []
    for z, labels in zip(logits, batch["labels"]):
        y = torch.tensor(labels, dtype=torch.float64)
        counts = weight * (y >= 0)
        each = torch.nn.functional.binary_cross_entropy_with_logits(z, y.clamp(min=0), reduction="none")
        result.append((each * counts).sum() / counts.sum())
    return torch.stack(result)


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    stem = dict(embedding=dict(size=SIZE, deviation=DEVIATION), layers=1, sharedExperts=2, specificExperts=1,
                expertLayers=[5, 4], gateLayers=[3], towerLayers=[3], dropout=0.0, gateInput="OWN_PLUS_SHARED", strictStop=False)
    bottom = dict(embedding=dict(size=SIZE, deviation=DEVIATION), bottomLayers=[6, 4], towerLayers=[3], dropout=0.0)
    mixture = dict(embedding=dict(size=SIZE, deviation=DEVIATION), separateTables=False, experts=3, expertLayers=[5, 4],
                   gateLayers=[3], towerLayers=[3], dropout=0.0)
    extraction = dict(embedding=dict(size=SIZE, deviation=DEVIATION), separateTables=False, layers=1, sharedExperts=2,
                      specificExperts=2, expertLayers=[5, 4], gateLayers=[3], towerLayers=[3], dropout=0.0,
                      sharedGate="ALL_EXPERTS")
    cases = {
        "stem-one-layer": ("stem-net", stem_net, stem),
        "stem-two-layers": ("stem-net", stem_net, {**stem, "layers": 2}),
        "stem-two-layers-strict": ("stem-net", stem_net, {**stem, "layers": 2, "strictStop": True}),
        "stem-own-gate-input": ("stem-net", stem_net, {**stem, "gateInput": "OWN", "specificExperts": 2}),
        "shared-bottom": ("shared-bottom", shared_bottom, bottom),
        "single-task": ("single-task", single_task, bottom),
        "mmoe": ("mmoe", mmoe, {**mixture, "gateLayers": []}),
        "mmoe-separate-tables": ("mmoe", mmoe, {**mixture, "separateTables": True, "experts": 4}),
        "omoe": ("omoe", omoe, mixture),
        "ple": ("ple", ple, extraction),
        "ple-two-layers": ("ple", ple, {**extraction, "layers": 2, "specificExperts": 1}),
        "ple-released-shared-gate": ("ple", ple, {**extraction, "layers": 2, "specificExperts": 1, "sharedGate": "SHARED_EXPERTS"}),
        "ple-separate-tables": ("ple", ple, {**extraction, "separateTables": True}),
        "aitm": ("aitm", aitm, bottom),
        "aitm-three-tasks": ("aitm", aitm, bottom),
        "esmm": ("esmm", esmm, bottom),
    }
    fields = [dict(name=name, kind={"categorical": "CATEGORICAL", "numeric": "NUMERIC"}.get(kind, "MULTI_VALUED"),
                   table=table, tableRows=rows, pooling="SUM" if kind == "sum" else "MEAN") for name, table, rows, kind in FIELDS]
    for seed, (case, (kind, model, spec)) in enumerate(cases.items()):
        tasks = THREE_TASKS if case.endswith("three-tasks") else TASKS
        weights, batch = Weights(100 + seed), draw_batch(200 + seed, tasks)
        logits = model(weights, batch, spec)
        each = losses(logits, batch)
        each.sum().backward()
        tensors = {name: value.detach() for name, value in weights.values.items()}
        tensors.update({"gradient/" + name: torch.zeros_like(value) if value.grad is None else value.grad
                        for name, value in weights.values.items()})
        tensors["result/logits"] = torch.stack(logits).detach()
        tensors["result/losses"] = each.detach()
        save_file({name: value.float().contiguous() for name, value in tensors.items()}, folder / f"{case}.safetensors")
        model_file = dict(format_version=1, type=kind, model=spec, samples=dict(fields=fields, tasks=batch.pop("tasks")))
        (folder / f"{case}.json").write_text(json.dumps(dict(model_file=model_file, batch=batch)) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
