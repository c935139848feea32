package io.taskweave.engine.training;

import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Where training stands at the end of an epoch.
 *
 * @param plan the plan's parts that decide the weights, as text
 * @param partitions files of optimizer state
 * @param stale epochs in a row without improvement
 * @param bestAucByTask of the best epoch by mean AUC
 * @param bestByTask each task's own best epoch
 */
record LoopState(
    int formatVersion,
    SortedMap<String, String> plan,
    int partitions,
    int epoch,
    long step,
    double learningRate,
    int stale,
    int bestEpoch,
    double bestMeanAuc,
    TreeMap<String, Double> bestAucByTask,
    TreeMap<String, BestEpoch> bestByTask) {
  static final int FORMAT_VERSION = 1;

  static LoopState start(SortedMap<String, String> plan, int partitions, double learningRate) {
    return new LoopState(
        FORMAT_VERSION,
        plan,
        partitions,
        0,
        0,
        learningRate,
        0,
        0,
        Double.NEGATIVE_INFINITY,
        new TreeMap<>(),
        new TreeMap<>());
  }
}
