"""AdaTask on STEM-Net in PyTorch on CPU: the peer of io.taskweave.bench.AdaTaskSection.

    echo 10 | python src/bench/peers/adatask_speed.py [--batch 4096] [--threads 2]

One forward pass, one backward pass a task; Adam with moments of its own for each task on what the tasks share, plain
Adam on the rest. Reads numbers of steps, a line each, and answers each with a line of JSON when they are done.
"""
import argparse
import json
import sys
import time

import torch
from torch import nn

from stem_speed import EXPERT, GATE, SHARED, SIZE, SPECIFIC, TASKS, TOWER, VOCABULARIES, perceptron


class StemNet(nn.Module):
    """A table for each view of a field, so that the shared ones are parameters of their own."""

    def __init__(self):
        super().__init__()
        views = range(TASKS + 1)
        self.tables = nn.ModuleList(
            nn.ModuleList(nn.Embedding(v, SIZE, padding_idx=0) for v in VOCABULARIES) for _ in views)
        width = SIZE * len(VOCABULARIES)
        self.own = nn.ModuleList(nn.ModuleList(perceptron(width, EXPERT) for _ in range(SPECIFIC)) for _ in range(TASKS))
        self.shared = nn.ModuleList(perceptron(width, EXPERT) for _ in range(SHARED))
        self.gates = nn.ModuleList(perceptron(width, GATE, SHARED + SPECIFIC * TASKS) for _ in range(TASKS))
        self.towers = nn.ModuleList(perceptron(EXPERT[-1], TOWER, 1) for _ in range(TASKS))

    def shared_parameters(self):
        return [*self.tables[TASKS].parameters(), *self.shared.parameters()]

    def own_parameters(self, task):
        parts = [self.tables[task], self.own[task], self.gates[task], self.towers[task]]
        return [parameter for part in parts for parameter in part.parameters()]

    def forward(self, ids):
        views = [torch.cat([table(ids[:, f]) for f, table in enumerate(tables)], 1) for tables in self.tables]
        own = [[expert(views[t]) for expert in self.own[t]] for t in range(TASKS)]
        shared = [expert(views[-1]) for expert in self.shared]
        logits = []
        for t in range(TASKS):
            read = [e if j == t else e.detach() for j in range(TASKS) for e in own[j]] + shared
            weight = self.gates[t](views[t] + views[-1]).softmax(1)
            logits.append(self.towers[t]((weight[:, :, None] * torch.stack(read, 1)).sum(1))[:, 0])
        return logits


class TaskMoments:
    """Adam of one task on some parameters: all tensors in one call of each operation."""

    def __init__(self, parameters):
        self.parameters = parameters
        self.first = [torch.zeros_like(p) for p in parameters]
        self.second = [torch.zeros_like(p) for p in parameters]

    @torch.no_grad()
    def step(self, gradients, number, rate=1e-3, beta1=0.9, beta2=0.999, epsilon=1e-8):
        torch._foreach_lerp_(self.first, gradients, 1 - beta1)
        torch._foreach_mul_(self.second, beta2)
        torch._foreach_addcmul_(self.second, gradients, gradients, 1 - beta2)
        root = torch._foreach_sqrt(self.second)
        torch._foreach_div_(root, (1 - beta2 ** number) ** 0.5)
        torch._foreach_add_(root, epsilon)
        torch._foreach_addcdiv_(self.parameters, self.first, root, -rate / (1 - beta1 ** number))


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--batch", type=int, default=4096)
    arguments.add_argument("--threads", type=int, default=2)
    options = arguments.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(1)
    model = StemNet()
    shared = model.shared_parameters()
    parts = [shared + model.own_parameters(t) for t in range(TASKS)]
    moments = [TaskMoments(part) for part in parts]
    ids = torch.stack([torch.randint(1, v, (options.batch,)) for v in VOCABULARIES], 1)
    labels = torch.randint(0, 2, (TASKS, options.batch)).float()
    number = 0

    def step():
        """Seconds until all gradients are there."""
        start = time.perf_counter()
        logits = model(ids)
        gradients = []
        for t in range(TASKS):
            loss = nn.functional.binary_cross_entropy_with_logits(logits[t], labels[t])
            gradients.append(torch.autograd.grad(loss, parts[t], retain_graph=t < TASKS - 1))
        seconds = time.perf_counter() - start
        for t in range(TASKS):
            moments[t].step(list(gradients[t]), number)
        return seconds

    for line in sys.stdin:
        steps, start, backward = int(line), time.perf_counter(), 0.0
        for _ in range(steps):
            number += 1
            backward += step()
        print(json.dumps({"peer": "torch " + torch.__version__, "seconds": time.perf_counter() - start,
                          "forward_backward_seconds": backward}), flush=True)


if __name__ == "__main__":
    main()
