"""The cases of main.ts in PyTorch and SciPy on one thread, from the papers' formulas.

Reads a case's name a line, times it for a tenth of a second and prints the best milliseconds a call.
"""
import sys
import time

import numpy as np
import scipy
import torch
from scipy.optimize import linear_sum_assignment

torch.set_num_threads(1)
torch.manual_seed(1)


def sum_of_gamma(shape, k, s=10):
    """Niepert et al. 2021, Eq. 11."""
    i = torch.arange(1, s + 1, dtype=torch.float32).view(s, *[1] * len(shape))
    draws = torch._standard_gamma(torch.full((s, *shape), 1 / k))
    return ((draws * (k / i)).sum(0) - np.log(s)) / k


def top_k(x, k):
    return torch.zeros_like(x).scatter_(-1, x.topk(k, -1).indices, 1.0)


def imle(rows, n, k):
    theta, gradient = torch.randn(rows, n), torch.randn(rows, n)

    def call():
        """Algorithm 1 with lambda = 10."""
        noise = sum_of_gamma((rows, n), k)
        z = top_k(theta + noise, k)
        return (z - top_k(theta - 10 * gradient + noise, k)) / 10

    return call


def exactly_k(rows, n, k):
    theta, v = torch.randn(rows, n, dtype=torch.float64), torch.randn(rows, n, dtype=torch.float64)

    def call():
        """Counts in the log domain (SIMPLE, Algorithm 1), marginals and product by differentiation."""
        x = theta.clone().requires_grad_()
        counts = torch.full((rows, k + 1), -1e30, dtype=torch.float64)
        counts[:, 0] = 0
        never = torch.full((rows, 1), -1e30, dtype=torch.float64)
        for i in range(n):
            counts = torch.logaddexp(counts, torch.cat([never, counts[:, :-1]], 1) + x[:, i : i + 1])
        (mean,) = torch.autograd.grad(counts[:, k].sum(), x, create_graph=True)
        return mean.detach(), torch.autograd.grad((mean * v).sum(), x)[0]

    return call


def trees(rows, n):
    at, to = torch.triu_indices(n, n, 1)
    theta, v = torch.randn(rows, len(at), dtype=torch.float64), torch.randn(rows, len(at), dtype=torch.float64)

    def call():
        """The matrix-tree theorem: log det of the Laplacian without a row and a column."""
        x = theta.clone().requires_grad_()
        weights = torch.zeros(rows, n, n, dtype=torch.float64)
        weights[:, at, to] = x.exp()
        weights = weights + weights.transpose(1, 2)
        laplacian = torch.diag_embed(weights.sum(2)) - weights
        total = torch.logdet(laplacian[:, 1:, 1:]).sum()
        (mean,) = torch.autograd.grad(total, x, create_graph=True)
        return mean.detach(), torch.autograd.grad((mean * v).sum(), x)[0]

    return call


def sinkhorn(rows, n, rounds):
    utilities, cotangent = torch.rand(rows, n, n, dtype=torch.float64), torch.randn(rows, n, n, dtype=torch.float64)

    def call():
        """Mena et al. 2018, Eq. 3, by scaling rows and columns."""
        x = utilities.clone().requires_grad_()
        kernel = x.exp()
        transposed = kernel.transpose(1, 2)
        columns = torch.ones(rows, n, 1, dtype=torch.float64)
        for _ in range(rounds):
            scale = 1 / (kernel @ columns)
            columns = 1 / (transposed @ scale)
        plan = scale * kernel * columns.transpose(1, 2)
        return plan.detach(), torch.autograd.grad((plan * cotangent).sum(), x)[0]

    return call


def assignment(n):
    scores = np.random.default_rng(1).standard_normal((16, n, n))
    return lambda: [linear_sum_assignment(matrix, maximize=True) for matrix in scores]


makers = {"imle": imle, "exactly_k": exactly_k, "trees": trees, "sinkhorn": sinkhorn, "assignment": assignment}
print(f"PyTorch {torch.__version__}, SciPy {scipy.__version__}", flush=True)
made = {}
for line in sys.stdin:
    name, *sizes = line.split()
    call = made.setdefault(line, makers[name](*map(int, sizes)))
    call()
    best, end = float("inf"), time.perf_counter() + 0.1
    while time.perf_counter() < end:
        start = time.perf_counter()
        call()
        best = min(best, time.perf_counter() - start)
    print(best * 1000, flush=True)
