package io.taskweave.engine.training;

import java.util.SortedMap;
import org.apache.hadoop.fs.Path;

/**
 * What training has left.
 *
 * @param best folder of the best weights: {@code weights.safetensors} and {@code model.json}; for
 *     each task, {@code task-<name>.safetensors} of its own best epoch
 * @param bestEpoch epoch of {@code weights.safetensors}, from 1
 * @param bestMeanAuc its mean validation AUC
 * @param bestAucByTask its validation AUC
 * @param bestByTask each task's own best epoch
 * @param epochs epochs trained in all
 * @param steps steps trained in all
 */
public record TrainingOutcome(
    Path best,
    int bestEpoch,
    double bestMeanAuc,
    SortedMap<String, Double> bestAucByTask,
    SortedMap<String, BestEpoch> bestByTask,
    int epochs,
    long steps) {}
