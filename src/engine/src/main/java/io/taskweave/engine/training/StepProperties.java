package io.taskweave.engine.training;

import java.io.Serializable;

/**
 * What a step's tasks must know.
 *
 * @param step number of the step in the training, from 1
 * @param epoch from 1
 * @param stepInEpoch from 0
 * @param chunk position in the epoch of the chunk that holds the samples, from 0
 * @param stepInChunk from 0
 * @param weightByTask weight of the batch's labelled rows over the whole cluster
 * @param lossWeights weight of each task's loss
 */
@SuppressWarnings("ArrayRecordComponent")
public record StepProperties(
    long step,
    int epoch,
    int stepInEpoch,
    int chunk,
    int stepInChunk,
    double learningRate,
    double[] weightByTask,
    double[] lossWeights)
    implements Serializable {}
