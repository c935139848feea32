package io.taskweave.engine.training;

import java.util.SortedMap;
import org.apache.hadoop.fs.Path;

/**
 * What training has left.
 *
 * @param best folder of the best weights: {@code weights.safetensors} and {@code model.json}
 * @param bestEpoch epoch of those weights, from 1
 * @param bestMeanAuc their mean validation AUC
 * @param bestAucByTask their validation AUC
 * @param epochs epochs trained in all
 * @param steps steps trained in all
 */
public record TrainingOutcome(
    Path best,
    int bestEpoch,
    double bestMeanAuc,
    SortedMap<String, Double> bestAucByTask,
    int epochs,
    long steps) {}
