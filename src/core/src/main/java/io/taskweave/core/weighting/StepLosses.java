package io.taskweave.core.weighting;

/**
 * What weights can learn from after a step.
 *
 * @param losses mean loss of each task, unweighted
 * @param seen whether the batch has labels of a task
 * @param sharedNorms norm of each task's weighted gradient of the last shared layer; all 0 where
 *     gradients are summed over tasks
 * @param learningRate of the step
 * @param step its number, from 1
 */
@SuppressWarnings("ArrayRecordComponent")
public record StepLosses(
    double[] losses, boolean[] seen, double[] sharedNorms, double learningRate, long step) {}
