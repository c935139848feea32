package io.taskweave.bench;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;

/**
 * Time of a step on many executors, simulated from costs that were measured on few. Each executor
 * has a batch of the same size, so that what one computes does not depend on their number. What is
 * not measured is the network: each executor has a link of its own, and nothing else is in its way.
 *
 * @param costs measured
 * @param step what a step needs
 * @param bytesPerSecond of an executor's link, in each direction
 */
record ExecutorModel(Costs costs, Step step, double bytesPerSecond) {
  /** Simulated steps of each number of executors. */
  private static final int STEPS = 200;

  /** Efficiency from which on something counts as broken. */
  static final double BROKEN = 0.8;

  /**
   * @param computation seconds that an executor computes in a step, updates of rows included
   * @param deviation its standard deviation, relative to it
   * @param question seconds of the driver to say where a block lies
   * @param answer seconds until an executor knows it
   * @param message seconds of the driver for each executor that comes to a meeting
   * @param fetch seconds until a small block of another executor is there
   */
  record Costs(
      double computation,
      double deviation,
      double question,
      double answer,
      double message,
      double fetch) {}

  /**
   * @param rows distinct rows that an executor's batch reads
   * @param bytesPerRow its id, weights and gradients
   * @param denseWeights number of dense weights
   * @param denseGradients number of their gradients, one for each task where several are kept apart
   * @param meetings in which executors wait for each other
   */
  record Step(
      double rows, double bytesPerRow, long denseWeights, long denseGradients, int meetings) {
    /** Blocks of rows that an executor fetches from each other one: ids, weights, gradients. */
    private static final int ROW_BLOCKS = 3;

    /** Blocks of dense values that it fetches from each: weights, gradients. */
    private static final int DENSE_BLOCKS = 2;
  }

  /** Seconds of each part of a step, one after the other. */
  Map<String, Double> parts(int executors) {
    double others = executors - 1;
    double share = others / executors;
    double bytes =
        share * step.rows * step.bytesPerRow
            + Float.BYTES * share * (step.denseGradients + step.denseWeights);
    Map<String, Double> parts = new LinkedHashMap<>();
    parts.put("computation", costs.computation);
    parts.put("wait_for_the_slowest", slowest(executors) - costs.computation);
    parts.put(
        "fetches",
        others
            * (Step.ROW_BLOCKS * costs.fetch + Step.DENSE_BLOCKS * (costs.fetch + costs.answer)));
    parts.put("network", bytes / bytesPerSecond);
    // All executors ask one driver, which answers one question after the other.
    parts.put("questions_to_the_driver", Step.DENSE_BLOCKS * others * executors * costs.question);
    parts.put("meetings", executors == 1 ? 0 : (double) step.meetings * executors * costs.message);
    return parts;
  }

  /** Mean seconds of the slowest of some executors, each with a time of its own in each step. */
  private double slowest(int executors) {
    Random random = new Random(executors);
    double sum = 0;
    for (int i = 0; i < STEPS; i++) {
      double slowest = 0;
      for (int executor = 0; executor < executors; executor++) {
        double factor = Math.max(0, 1 + costs.deviation * random.nextGaussian());
        slowest = Math.max(slowest, costs.computation * factor);
      }
      sum += slowest;
    }
    return Math.max(costs.computation, sum / STEPS);
  }

  static double whole(Map<String, Double> parts) {
    return parts.values().stream().mapToDouble(Double::doubleValue).sum();
  }

  /** Share of a step in which executors compute. */
  double efficiency(int executors) {
    Map<String, Double> parts = parts(executors);
    return parts.get("computation") / whole(parts);
  }

  /** The part beside computation that takes longest. */
  String longest(int executors) {
    Map<String, Double> parts = parts(executors);
    parts.remove("computation");
    return Collections.max(parts.entrySet(), Map.Entry.comparingByValue()).getKey();
  }

  /** Fewest executors, in powers of two, that compute less than {@link #BROKEN} of the time. */
  int breaksAt() {
    int executors = 1;
    while (efficiency(executors) >= BROKEN && executors < 1 << 20) {
      executors *= 2;
    }
    return executors;
  }

  void describe(int executors, ObjectNode result) {
    Map<String, Double> parts = parts(executors);
    result.put("executors", executors);
    result.put("step_milliseconds", 1e3 * whole(parts));
    result.put("efficiency", efficiency(executors));
    ObjectNode milliseconds = result.putObject("milliseconds");
    parts.forEach((part, seconds) -> milliseconds.put(part, 1e3 * seconds));
  }
}
