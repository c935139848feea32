package io.taskweave.engine.training;

import java.util.TreeMap;

/**
 * Where training stands at the end of an epoch.
 *
 * @param plan text of the plan's parts that decide the weights
 * @param stale epochs in a row without improvement
 */
record LoopState(
    int formatVersion,
    String plan,
    int partitions,
    int epoch,
    long step,
    double learningRate,
    int stale,
    int bestEpoch,
    double bestMeanAuc,
    TreeMap<String, Double> bestAucByTask,
    TreeMap<String, Double> taskBest) {
  static final int FORMAT_VERSION = 1;
}
