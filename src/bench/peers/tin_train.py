"""An independent PyTorch TIN, its ablations, DIN or mean pooling on published samples and histories.

    python tin_train.py WORKSPACE --task click --field category --sequence clicks --model tin --seeds 1 2 3

Reads the Parquet files that the manifests of WORKSPACE/samples and WORKSPACE/history list; shares no
code with the Java models, and works out anew which events a sample sees. Prints one JSON object: test
AUC for every seed at the epoch that is best on validation, mean and standard deviation. The samples
have one field, and the events one attribute with its ids.
"""

import argparse
import json
import math
import pathlib
import sys
import time

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import torch
from torch import nn

from stem_train import auc, perceptron, prepare, read

NO_EVENT = -1


def last_events(histories, users, times, length):
    """Ids of each sample's last events strictly before its time, newest first, NO_EVENT where there are none."""
    rows = histories.sort_by([("user", "ascending"), ("chunk", "ascending")])
    counts = pc.list_value_length(rows["ids"]).to_numpy()
    names, owner = np.unique(rows["user"].to_numpy(zero_copy_only=False), return_inverse=True)
    owner = np.repeat(owner, counts)
    ids = pc.list_flatten(rows["ids"]).to_numpy()
    event_times = pc.list_flatten(rows["times"]).to_numpy()
    known = np.searchsorted(names, users)
    known[known == len(names)] = 0
    first = np.searchsorted(owner, known, side="left")
    # Users one after the other on one axis of time.
    start = min(event_times.min(), times.min())
    span = max(event_times.max(), times.max()) - start + 1
    axis = owner * span + (event_times - start)
    if np.any(np.diff(axis) < 0):
        sys.exit("Cannot train: events of a user do not ascend, run history again")
    end = np.searchsorted(axis, known * span + (times - start), side="left")
    end[names[known] != users] = 0
    result = np.full((len(users), length), NO_EVENT, dtype=np.int64)
    for position in range(length):
        event = end - 1 - position
        there = event >= first
        result[there, position] = ids[event[there]]
    return result


class Interest(nn.Module):
    """Target and pooled history into a tower. Column 0 of the input is the target, the others are events."""

    def __init__(self, rows, length, o, attention="dot", temporal=True, product=True):
        super().__init__()
        self.attention, self.product = attention, product
        self.ids = nn.Embedding(rows, o.size, padding_idx=0)
        nn.init.normal_(self.ids.weight, std=o.deviation)
        self.ids.weight.data[0] = 0
        self.time = nn.Embedding(length + 1, o.size) if temporal else None
        if temporal:
            nn.init.normal_(self.time.weight, std=o.temporal_deviation)
        if attention == "perceptron":
            self.score = nn.Sequential(
                nn.Linear(4 * o.size, 80), nn.Sigmoid(), nn.Linear(80, 40), nn.Sigmoid(), nn.Linear(40, 1))
        self.tower = perceptron(2 * o.size, o.towers, 1)

    def forward(self, x):
        target = self.ids(x[:, 0])
        there = x[:, 1:] != NO_EVENT
        events, v = self.ids(x[:, 1:].clamp(min=0)), target
        if self.time is not None:
            events, v = events + self.time.weight[1:], v + self.time.weight[0]
        weights = self.weights(events, v, there)
        pooled = (weights[:, :, None] * events).sum(1)
        return self.tower(torch.cat([target, pooled * v if self.product else pooled], 1))

    def weights(self, events, v, there):
        if self.attention == "mean":
            return there / there.sum(1, keepdim=True).clamp(min=1)
        if self.attention == "dot":
            scores = (events * v[:, None]).sum(-1)
        else:
            q = v[:, None].expand_as(events)
            scores = self.score(torch.cat([q, events, q - events, q * events], -1))[..., 0]
        scores = (scores / math.sqrt(v.shape[1])).masked_fill(~there, -(2.0 ** 32))
        return torch.softmax(scores, 1) * there


MODELS = {
    "tin": {},
    "tin-no-time": dict(temporal=False),
    "tin-no-attention": dict(attention="mean"),
    "tin-no-product": dict(product=False),
    "din": dict(attention="perceptron", temporal=False, product=False),
    "mean-pooling": dict(attention="mean", temporal=False, product=False),
}


def train(rows, data, o, seed):
    torch.manual_seed(seed)
    (x, labels), (valid, valid_labels), (test, test_labels) = data
    model = prepare(Interest(rows, o.length, o, **MODELS[o.model]))
    adam = torch.optim.Adam(model.parameters(), lr=o.learning_rate)
    best, best_state, best_epoch, misses = -1.0, None, 0, 0
    for epoch in range(1, o.epochs + 1):
        for part in torch.randperm(len(x)).split(o.batch):
            adam.zero_grad()
            nn.functional.binary_cross_entropy_with_logits(model(x[part]), labels[part]).backward()
            nn.utils.clip_grad_norm_(model.parameters(), o.clip)
            adam.step()
        reached = float(auc(model, valid, valid_labels.numpy())[0])
        print(f"seed {seed} epoch {epoch} validation AUC {reached:.5f}", file=sys.stderr, flush=True)
        if reached > best + 1e-6:
            best, best_epoch, misses = reached, epoch, 0
            best_state = {k: v.clone() for k, v in model.state_dict().items()}
        else:
            misses += 1
            if misses == 2:
                break
            for group in adam.param_groups:
                group["lr"] *= 0.1
    model.load_state_dict(best_state)
    return float(auc(model, test, test_labels.numpy())[0]), best_epoch


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("workspace", type=pathlib.Path)
    p.add_argument("--task", default="click")
    p.add_argument("--field", default="category")
    p.add_argument("--sequence", default="clicks")
    p.add_argument("--model", choices=list(MODELS), default="tin")
    p.add_argument("--seeds", nargs="+", type=int, default=[1, 2, 3])
    p.add_argument("--length", type=int, default=20)
    p.add_argument("--epochs", type=int, default=10)
    p.add_argument("--batch", type=int, default=4096)
    p.add_argument("--learning-rate", type=float, default=1e-3)
    p.add_argument("--clip", type=float, default=10.0)
    p.add_argument("--size", type=int, default=32)
    p.add_argument("--deviation", type=float, default=0.02)
    p.add_argument("--temporal-deviation", type=float, default=0.02)
    p.add_argument("--towers", nargs="+", type=int, default=[80, 40])
    p.add_argument("--threads", type=int, default=2)
    o = p.parse_args()
    torch.set_num_threads(o.threads)

    start = time.monotonic()
    samples = read(o.workspace / "samples")
    histories = read(o.workspace / "history")
    histories = histories.filter(pc.equal(histories["sequence"], o.sequence))
    fields = [c for c in samples.column_names if c.startswith("feature_")]
    if fields != ["feature_" + o.field]:
        sys.exit(f"Cannot train: the samples have other fields than {o.field} ({', '.join(fields)})")
    events = last_events(
        histories, samples["user"].to_numpy(zero_copy_only=False), samples["time"].to_numpy(), o.length)
    targets = samples["feature_" + o.field].to_numpy().astype(np.int64)
    rows = int(max(targets.max(), events.max())) + 1
    x = torch.from_numpy(np.concatenate([targets[:, None], events], axis=1))
    labels = torch.from_numpy(samples["label_" + o.task].cast(pa.float32()).to_numpy()[:, None].copy())
    split = samples["split"].cast(pa.string()).to_numpy(zero_copy_only=False)
    # A row that levels the streams counts nothing.
    real = samples["weight"].to_numpy() > 0
    masks = [torch.from_numpy((split == name) & real) for name in ("train", "valid", "test")]
    data = [(x[m], labels[m]) for m in masks]
    for name, (part, _) in zip(("train", "valid", "test"), data):
        if len(part) == 0:
            sys.exit(f"Cannot train: the split {name} has no rows")
    runs = [train(rows, data, o, seed) for seed in o.seeds]
    values = [run[0] for run in runs]
    print(json.dumps({
        "model": o.model, "rows": [len(part) for part, _ in data], "seeds": o.seeds, "test_auc": values,
        "mean": float(np.mean(values)), "sd": float(np.std(values, ddof=1)) if len(values) > 1 else None,
        "best_epoch": [run[1] for run in runs], "events_seen": float((events != NO_EVENT).sum(1).mean()),
        "seconds": round(time.monotonic() - start, 1)}, indent=1))


if __name__ == "__main__":
    main()
