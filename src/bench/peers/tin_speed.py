"""TIN as published in PyTorch on CPU: the peer of io.taskweave.bench.TinSection, on the same shape.

    echo 4 | python src/bench/peers/tin_speed.py [--batch 4096] [--threads 2] [--step]

Reads numbers of steps, a line each, and answers each with a line of JSON when they are done. A step
is forward and backward, with sparse gradients of the tables of items and categories; with --step
also SparseAdam on them and Adam on the rest.
"""
import argparse
import json
import math
import sys
import time

import torch
from torch import nn

ITEMS, CATEGORIES, SIZE, EVENTS = 1_000_000, 1_000, 64, 50


class Tin(nn.Module):
    def __init__(self):
        super().__init__()
        self.items = nn.Embedding(ITEMS, SIZE, sparse=True)
        self.categories = nn.Embedding(CATEGORIES, SIZE, sparse=True)
        self.positions = nn.Parameter(0.01 * torch.randn(EVENTS + 1, 2 * SIZE))
        self.tower = nn.Sequential(nn.Linear(4 * SIZE, 80), nn.ReLU(), nn.Linear(80, 40), nn.ReLU(), nn.Linear(40, 1))

    def look_up(self, items, categories):
        return torch.cat([self.items(items), self.categories(categories)], -1)

    def forward(self, item, category, items, categories):
        # Histories are of one length and oldest first, so that positions count down.
        h = self.look_up(items, categories) + self.positions[1:].flip(0)
        target = self.look_up(item, category)
        v = target + self.positions[0]
        weight = (torch.bmm(h, v[:, :, None])[:, :, 0] / math.sqrt(2 * SIZE)).softmax(1)
        pooled = torch.bmm(weight[:, None], h)[:, 0]
        return self.tower(torch.cat([target, pooled * v], 1))[:, 0]


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--batch", type=int, default=4096)
    arguments.add_argument("--threads", type=int, default=2)
    arguments.add_argument("--step", action="store_true")
    options = arguments.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    model = Tin()
    tables = [model.items.weight, model.categories.weight]
    rest = [model.positions, *model.tower.parameters()]
    rules = [torch.optim.SparseAdam(tables, lr=1e-3), torch.optim.Adam(rest, lr=1e-3)] if options.step else []
    batch = (torch.randint(1, ITEMS, (options.batch,)), torch.randint(1, CATEGORIES, (options.batch,)),
             torch.randint(1, ITEMS, (options.batch, EVENTS)), torch.randint(1, CATEGORIES, (options.batch, EVENTS)))
    labels = torch.randint(0, 2, (options.batch,)).float()

    def step():
        model.zero_grad(set_to_none=True)
        nn.functional.binary_cross_entropy_with_logits(model(*batch), labels).backward()
        for rule in rules:
            rule.step()

    for line in sys.stdin:
        steps, start = int(line), time.perf_counter()
        for _ in range(steps):
            step()
        seconds = time.perf_counter() - start
        print(json.dumps({"peer": "torch " + torch.__version__, "seconds": seconds,
                          "samples_per_second": options.batch * steps / seconds}), flush=True)


if __name__ == "__main__":
    main()
