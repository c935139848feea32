"""STEM-Net in PyTorch on CPU: the peer of io.taskweave.bench.StemNetSection, on the same shape.

    echo 10 | python src/bench/peers/stem_speed.py [--batch 4096] [--threads 2] [--step | --sparse-step]

Reads numbers of steps, a line each, and answers each with a line of JSON when they are done. A step
is forward and backward; with --step also the dense Adam update, with full L2 on the tables and the
gradient clipped to norm 10; with --sparse-step SparseAdam on the tables and Adam on the rest,
without L2 and clipping.
"""
import argparse
import json
import sys
import time

import torch
from torch import nn

VOCABULARIES = [70_000, 300_000, 150_000, 450, 6, 30_000, 70_000, 500]
SIZE, TASKS, SHARED, SPECIFIC = 16, 2, 8, 1
EXPERT, GATE, TOWER = [512, 512, 512], [128, 64], [128, 64]


def perceptron(width, hidden, output=0):
    layers = []
    for h in hidden:
        layers += [nn.Linear(width, h), nn.ReLU()]
        width = h
    return nn.Sequential(*layers, *([nn.Linear(width, output)] if output else []))


class StemNet(nn.Module):
    def __init__(self, sparse):
        super().__init__()
        self.tables = nn.ModuleList(nn.Embedding(v, SIZE * (TASKS + 1), padding_idx=0, sparse=sparse) for v in VOCABULARIES)
        width = SIZE * len(VOCABULARIES)
        self.own = nn.ModuleList(nn.ModuleList(perceptron(width, EXPERT) for _ in range(SPECIFIC)) for _ in range(TASKS))
        self.shared = nn.ModuleList(perceptron(width, EXPERT) for _ in range(SHARED))
        self.gates = nn.ModuleList(perceptron(width, GATE, SHARED + SPECIFIC * TASKS) for _ in range(TASKS))
        self.towers = nn.ModuleList(perceptron(EXPERT[-1], TOWER, 1) for _ in range(TASKS))

    def forward(self, ids):
        rows = torch.stack([table(ids[:, f]) for f, table in enumerate(self.tables)], 1)
        views = [view.flatten(1) for view in rows.split(SIZE, dim=2)]
        own = [[expert(views[t]) for expert in self.own[t]] for t in range(TASKS)]
        shared = [expert(views[-1]) for expert in self.shared]
        logits = []
        for t in range(TASKS):
            read = [e if j == t else e.detach() for j in range(TASKS) for e in own[j]] + shared
            weight = self.gates[t](views[t] + views[-1]).softmax(1)
            logits.append(self.towers[t]((weight[:, :, None] * torch.stack(read, 1)).sum(1))[:, 0])
        return logits


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--batch", type=int, default=4096)
    arguments.add_argument("--threads", type=int, default=2)
    arguments.add_argument("--step", action="store_true")
    arguments.add_argument("--sparse-step", action="store_true")
    options = arguments.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    model = StemNet(options.sparse_step)
    tables = [table.weight for table in model.tables]
    if options.sparse_step:
        own = {id(table) for table in tables}
        optimizers = [torch.optim.SparseAdam(tables, lr=1e-3),
                      torch.optim.Adam([p for p in model.parameters() if id(p) not in own], lr=1e-3)]
    else:
        optimizers = [torch.optim.Adam(model.parameters(), lr=1e-3)]
    ids = torch.stack([torch.randint(1, v, (options.batch,)) for v in VOCABULARIES], 1)
    labels = torch.randint(0, 2, (TASKS, options.batch)).float()

    def step():
        for optimizer in optimizers:
            optimizer.zero_grad(set_to_none=True)
        logits = model(ids)
        loss = sum(nn.functional.binary_cross_entropy_with_logits(z, y) for z, y in zip(logits, labels))
        loss.backward()
        if options.step:
            for table in tables:
                table.grad.add_(table.detach(), alpha=1e-6)
            torch.nn.utils.clip_grad_norm_(model.parameters(), 10)
        if options.step or options.sparse_step:
            for optimizer in optimizers:
                optimizer.step()

    for line in sys.stdin:
        steps, start = int(line), time.perf_counter()
        for _ in range(steps):
            step()
        seconds = time.perf_counter() - start
        print(json.dumps({"peer": "torch " + torch.__version__, "seconds": seconds,
                          "samples_per_second": options.batch * steps / seconds}), flush=True)


if __name__ == "__main__":
    main()
