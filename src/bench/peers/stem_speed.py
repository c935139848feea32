"""Samples per second of forward and backward of STEM-Net in PyTorch on CPU: the peer of
io.taskweave.bench.StemNetStepBenchmark, on the same shape. Prints JSON.

    python src/bench/peers/stem_speed.py [--seconds 10] [--batch 4096] [--threads 2] [--step]

With --step the dense Adam update with full L2 on the tables is part of what is measured.
"""
import argparse
import json
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
    def __init__(self):
        super().__init__()
        self.tables = nn.ModuleList(nn.Embedding(v, SIZE * (TASKS + 1), padding_idx=0) for v in VOCABULARIES)
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
    arguments.add_argument("--seconds", type=float, default=10)
    arguments.add_argument("--batch", type=int, default=4096)
    arguments.add_argument("--threads", type=int, default=2)
    arguments.add_argument("--step", action="store_true")
    options = arguments.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    model = StemNet()
    adam = torch.optim.Adam(model.parameters(), lr=1e-3)
    tables = [table.weight for table in model.tables]
    ids = torch.stack([torch.randint(1, v, (options.batch,)) for v in VOCABULARIES], 1)
    labels = torch.randint(0, 2, (TASKS, options.batch)).float()

    def step():
        adam.zero_grad(set_to_none=True)
        logits = model(ids)
        loss = sum(nn.functional.binary_cross_entropy_with_logits(z, y) for z, y in zip(logits, labels))
        loss.backward()
        if options.step:
            for table in tables:
                table.grad.add_(table.detach(), alpha=1e-6)
            torch.nn.utils.clip_grad_norm_(model.parameters(), 10)
            adam.step()

    for _ in range(2):
        step()
    best, steps, begin = float("inf"), 0, time.perf_counter()
    while time.perf_counter() - begin < options.seconds:
        start = time.perf_counter()
        step()
        best = min(best, time.perf_counter() - start)
        steps += 1
    seconds = time.perf_counter() - begin
    print(json.dumps({
        "peer": "torch " + torch.__version__, "batch": options.batch, "threads": options.threads,
        "whole_step": options.step, "steps": steps,
        "samples_per_second": round(options.batch * steps / seconds, 1),
        "best_samples_per_second": round(options.batch / best, 1)}))


if __name__ == "__main__":
    main()
