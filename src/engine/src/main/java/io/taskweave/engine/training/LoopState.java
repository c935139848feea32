package io.taskweave.engine.training;

import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Where training stands after a step, which need not be the last of its epoch.
 *
 * @param plan the plan's parts that decide the weights, as text
 * @param partitions files of optimizer state
 * @param epoch finished epochs
 * @param step finished steps
 * @param lossSumByTask losses of the open epoch's finished steps; empty at the end of an epoch
 * @param lossStepsByTask steps among them with labels of the task
 * @param stale epochs in a row without improvement
 * @param lossWeights state of the losses' weights
 * @param bestAucByTask of the best epoch by mean AUC
 * @param bestByTask each task's own best epoch
 */
public record LoopState(
    int formatVersion,
    SortedMap<String, String> plan,
    int partitions,
    int epoch,
    long step,
    TreeMap<String, Double> lossSumByTask,
    TreeMap<String, Integer> lossStepsByTask,
    double learningRate,
    int stale,
    int bestEpoch,
    double bestMeanAuc,
    List<Double> lossWeights,
    TreeMap<String, Double> bestAucByTask,
    TreeMap<String, BestEpoch> bestByTask) {
  static final int FORMAT_VERSION = 3;

  static LoopState start(SortedMap<String, String> plan, int partitions, double learningRate) {
    return new LoopState(
        FORMAT_VERSION,
        plan,
        partitions,
        0,
        0,
        new TreeMap<>(),
        new TreeMap<>(),
        learningRate,
        0,
        0,
        Double.NEGATIVE_INFINITY,
        List.of(),
        new TreeMap<>(),
        new TreeMap<>());
  }
}
