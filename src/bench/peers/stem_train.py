"""An independent PyTorch STEM-Net, MMoE, shared-bottom or single-task model on a published samples data set.

    python stem_train.py WORKSPACE/samples --tasks long_view like --model stem --seeds 1 2 3

Reads the Parquet files that the manifest lists; shares no code with the Java models. Prints one JSON
object: test AUC by task for every seed, mean and standard deviation.

With --optimizer adatask-adam a parameter that several tasks reach has Adam moments for each of them,
and the steps are summed. The L2 term of such a table belongs to no task: it shrinks the weights by
learning rate x lambda; that of the other tables joins their gradient. Each task's whole gradient is
clipped apart.
"""

import argparse
import json
import pathlib
import re
import sys
import time

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import torch
from sklearn.metrics import roc_auc_score
from torch import nn


def read(folder):
    """All samples as one table; a split that is only in the path becomes a column."""
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    parts = []
    for entry in manifest["files"]:
        name = entry["path"]
        if not name.endswith(".parquet") or "/encoder/" in f"/{name}":
            continue
        part = pq.read_table(folder / name, partitioning=None)
        for key, value in re.findall(r"([^/=]+)=([^/]+)/", name):
            if key not in part.column_names:
                part = part.append_column(key, pa.array([value] * part.num_rows))
        parts.append(part)
    if not parts:
        sys.exit(f"Cannot train: no Parquet files listed in {folder}/manifest.json, run features first")
    return pa.concat_tables(parts, promote_options="default")


def columns(table, tasks):
    fields = sorted(c for c in table.column_names if c.startswith("feature_"))
    for field in fields:
        if not pa.types.is_integer(table.schema.field(field).type):
            sys.exit(f"Cannot train: {field} is {table.schema.field(field).type}, only categorical fields are known")
    ids = np.stack([table[f].to_numpy() for f in fields], axis=1).astype(np.int64)
    labels = np.stack(
        [table["label_" + t].cast(pa.float32()).fill_null(-1).to_numpy() for t in tasks], axis=1)
    split = table["split"].cast(pa.string()).to_numpy(zero_copy_only=False)
    return fields, ids, labels.astype(np.float32), split


def perceptron(width, hidden, output=None):
    layers = []
    for size in hidden:
        layers += [nn.Linear(width, size), nn.ReLU()]
        width = size
    if output is not None:
        layers.append(nn.Linear(width, output))
    return nn.Sequential(*layers)


class Tables(nn.Module):
    """One embedding a field, concatenated."""

    def __init__(self, rows, size, deviation):
        super().__init__()
        self.tables = nn.ModuleList(nn.Embedding(r, size, padding_idx=0) for r in rows)
        for table in self.tables:
            nn.init.normal_(table.weight, std=deviation)
            table.weight.data[0] = 0

    def forward(self, ids):
        return torch.cat([table(ids[:, i]) for i, table in enumerate(self.tables)], dim=1)


class Stem(nn.Module):
    """One layer: tables and experts by task and shared; foreign experts are read without gradient."""

    def __init__(self, rows, tasks, o):
        super().__init__()
        width = len(rows) * o.size
        self.own = nn.ModuleList(Tables(rows, o.size, o.deviation) for _ in range(tasks))
        self.common = Tables(rows, o.size, o.deviation)
        self.specific = nn.ModuleList(
            nn.ModuleList(perceptron(width, o.experts) for _ in range(o.specific)) for _ in range(tasks))
        self.shared = nn.ModuleList(perceptron(width, o.experts) for _ in range(o.shared))
        candidates = tasks * o.specific + o.shared
        self.gates = nn.ModuleList(perceptron(width, o.gates, candidates) for _ in range(tasks))
        self.towers = nn.ModuleList(perceptron(o.experts[-1], o.towers, 1) for _ in range(tasks))

    def forward(self, ids):
        common = self.common(ids)
        own = [tables(ids) for tables in self.own]
        specific = [[e(x) for e in experts] for experts, x in zip(self.specific, own)]
        shared = [e(common) for e in self.shared]
        logits = []
        for task, (gate, tower) in enumerate(zip(self.gates, self.towers)):
            values = [h if task == other else h.detach() for other, hs in enumerate(specific) for h in hs]
            weights = torch.softmax(gate(own[task] + common), dim=1)
            mixed = (weights.unsqueeze(2) * torch.stack(values + shared, dim=1)).sum(1)
            logits.append(tower(mixed))
        return torch.cat(logits, dim=1)


class Mmoe(nn.Module):
    """One table a field, experts over it, and a gate of its own for each task."""

    def __init__(self, rows, tasks, o):
        super().__init__()
        width = len(rows) * o.size
        self.tables = Tables(rows, o.size, o.deviation)
        self.experts = nn.ModuleList(perceptron(width, o.experts) for _ in range(o.shared))
        self.gates = nn.ModuleList(perceptron(width, o.gates, o.shared) for _ in range(tasks))
        self.towers = nn.ModuleList(perceptron(o.experts[-1], o.towers, 1) for _ in range(tasks))

    def forward(self, ids):
        x = self.tables(ids)
        values = torch.stack([expert(x) for expert in self.experts], dim=1)
        return torch.cat([tower((torch.softmax(gate(x), dim=1).unsqueeze(2) * values).sum(1))
                          for gate, tower in zip(self.gates, self.towers)], dim=1)


class SharedBottom(nn.Module):
    """One table and one bottom for all tasks; with a single task this is the single-task model."""

    def __init__(self, rows, tasks, o):
        super().__init__()
        self.tables = Tables(rows, o.size, o.deviation)
        self.bottom = perceptron(len(rows) * o.size, o.bottom)
        self.towers = nn.ModuleList(perceptron(o.bottom[-1], o.towers, 1) for _ in range(tasks))

    def forward(self, ids):
        bottom = self.bottom(self.tables(ids))
        return torch.cat([tower(bottom) for tower in self.towers], dim=1)


def prepare(model):
    for module in model.modules():
        if isinstance(module, nn.Linear):
            nn.init.xavier_normal_(module.weight)
            nn.init.zeros_(module.bias)
    return model


def penalty(model, strength):
    return sum((m.weight ** 2).sum() for m in model.modules() if isinstance(m, nn.Embedding)) * (strength / 2)


def losses_of(logits, labels):
    """Mean log loss of each task over its labelled rows."""
    known = labels >= 0
    each = nn.functional.binary_cross_entropy_with_logits(logits, labels.clamp(min=0), reduction="none")
    return (each * known).sum(0) / known.sum(0).clamp(min=1)


class JointAdam:
    """Adam on the summed losses and the L2 term of all tables."""

    def __init__(self, model, o):
        self.model, self.l2, self.clip = model, o.l2, o.clip
        self.adam = torch.optim.Adam(model.parameters(), lr=o.learning_rate)

    def step(self, losses):
        self.adam.zero_grad()
        (losses.sum() + penalty(self.model, self.l2)).backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), self.clip)
        self.adam.step()

    def lower_rate(self):
        for group in self.adam.param_groups:
            group["lr"] *= 0.1


class AdaTaskAdam:
    """Adam with moments for each task where several reach a parameter, one step counter, steps summed."""

    BETA1, BETA2, EPSILON = 0.9, 0.999, 1e-8

    def __init__(self, model, o):
        self.parameters = list(model.parameters())
        self.tables = {id(m.weight) for m in model.modules() if isinstance(m, nn.Embedding)}
        self.rate, self.l2, self.clip = o.learning_rate, o.l2, o.clip
        self.moments, self.count = {}, 0

    def step(self, losses):
        self.count += 1
        by_task = [torch.autograd.grad(loss, self.parameters, retain_graph=True, allow_unused=True) for loss in losses]
        with torch.no_grad():
            by_task = [self.clipped(gradients) for gradients in by_task]
            for place, parameter in enumerate(self.parameters):
                reached = [(task, g[place]) for task, g in enumerate(by_task) if g[place] is not None]
                is_table = id(parameter) in self.tables
                if is_table and len(reached) == 1:
                    reached = [(task, g + self.l2 * parameter) for task, g in reached]
                steps = [self.direction((place, task), g) for task, g in reached]
                if is_table and len(reached) > 1:
                    parameter.mul_(1 - self.rate * self.l2)
                for step in steps:
                    parameter.sub_(step, alpha=self.rate)

    def clipped(self, gradients):
        norm = torch.sqrt(sum((g ** 2).sum() for g in gradients if g is not None))
        factor = min(1.0, self.clip / (float(norm) + 1e-6))
        return [g if g is None or factor == 1 else g * factor for g in gradients]

    def direction(self, slot, gradient):
        if slot not in self.moments:
            self.moments[slot] = (torch.zeros_like(gradient), torch.zeros_like(gradient))
        first, second = self.moments[slot]
        first.mul_(self.BETA1).add_(gradient, alpha=1 - self.BETA1)
        second.mul_(self.BETA2).addcmul_(gradient, gradient, value=1 - self.BETA2)
        root = (second / (1 - self.BETA2 ** self.count)).sqrt_().add_(self.EPSILON)
        return first / (1 - self.BETA1 ** self.count) / root

    def lower_rate(self):
        self.rate *= 0.1


MODELS = {"stem": Stem, "mmoe": Mmoe, "shared-bottom": SharedBottom, "single-task": SharedBottom}
OPTIMIZERS = {"adam": JointAdam, "adatask-adam": AdaTaskAdam}


def auc(model, ids, labels):
    with torch.no_grad():
        scores = torch.cat([model(part) for part in ids.split(8192)]).double().numpy()
    return [roc_auc_score(labels[k, t], scores[k, t])
            for t in range(labels.shape[1]) for k in [labels[:, t] >= 0]]


def train(build, rows, data, o, seed):
    torch.manual_seed(seed)
    (ids, labels), (valid_ids, valid_labels), (test_ids, test_labels) = data
    model = prepare(build(rows, labels.shape[1], o))
    optimizer = OPTIMIZERS[o.optimizer](model, o)
    best, best_state, best_epoch, misses = -1.0, None, 0, 0
    for epoch in range(1, o.epochs + 1):
        order = torch.randperm(len(ids))
        for part in order.split(o.batch):
            optimizer.step(losses_of(model(ids[part]), labels[part]))
        mean = float(np.mean(auc(model, valid_ids, valid_labels.numpy())))
        print(f"seed {seed} epoch {epoch} validation AUC {mean:.5f}", file=sys.stderr, flush=True)
        if mean > best + 1e-6:
            best, best_epoch, misses = mean, epoch, 0
            best_state = {k: v.clone() for k, v in model.state_dict().items()}
        else:
            misses += 1
            if misses == 2:
                break
            optimizer.lower_rate()
    model.load_state_dict(best_state)
    return auc(model, test_ids, test_labels.numpy()), best_epoch


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("samples", type=pathlib.Path)
    p.add_argument("--tasks", nargs="+", required=True)
    p.add_argument("--model", choices=list(MODELS), default="stem")
    p.add_argument("--optimizer", choices=list(OPTIMIZERS), default="adam")
    p.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3])
    p.add_argument("--epochs", type=int, default=20)
    p.add_argument("--batch", type=int, default=1024)
    p.add_argument("--learning-rate", type=float, default=1e-3)
    p.add_argument("--l2", type=lambda text: 0.0 if text == "none" else float(text), default=1e-6,
                   help="lambda of the tables' L2 term, or none")
    p.add_argument("--clip", type=float, default=10.0)
    p.add_argument("--deviation", type=float, default=1e-4)
    p.add_argument("--size", type=int, default=16)
    p.add_argument("--shared", type=int, default=2, help="shared experts; of mmoe all experts")
    p.add_argument("--specific", type=int, default=1)
    p.add_argument("--experts", nargs="+", type=int, default=[64, 64])
    p.add_argument("--gates", nargs="+", type=int, default=[64, 32])
    p.add_argument("--towers", nargs="+", type=int, default=[64, 32])
    p.add_argument("--bottom", nargs="+", type=int, default=[128, 64])
    p.add_argument("--threads", type=int, default=2)
    o = p.parse_args()
    torch.set_num_threads(o.threads)

    start = time.monotonic()
    fields, ids, labels, split = columns(read(o.samples), o.tasks)
    rows = [int(n) + 1 for n in ids.max(axis=0)]
    ids = torch.from_numpy(ids)
    labels = torch.from_numpy(labels)
    masks = [torch.from_numpy(split == name) for name in ("train", "valid", "test")]
    data = [(ids[m], labels[m]) for m in masks]
    for name, (part, _) in zip(("train", "valid", "test"), data):
        if len(part) == 0:
            sys.exit(f"Cannot train: the split {name} has no rows")

    result = {}
    groups = [[t] for t in range(len(o.tasks))] if o.model == "single-task" else [list(range(len(o.tasks)))]
    for group in groups:
        runs = [train(MODELS[o.model], rows, [(i, l[:, group]) for i, l in data], o, s) for s in o.seeds]
        for position, task in enumerate(group):
            values = [r[0][position] for r in runs]
            result[o.tasks[task]] = {
                "test_auc": values, "mean": float(np.mean(values)),
                "sd": float(np.std(values, ddof=1)) if len(values) > 1 else None,
                "best_epoch": [r[1] for r in runs]}
    print(json.dumps({"model": o.model, "optimizer": o.optimizer, "fields": len(fields), "rows": [len(i) for i, _ in data],
                      "seeds": o.seeds, "tasks": result, "seconds": round(time.monotonic() - start, 1)}, indent=1))


if __name__ == "__main__":
    main()
