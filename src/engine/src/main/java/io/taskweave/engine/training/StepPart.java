package io.taskweave.engine.training;

import java.io.Serializable;

/**
 * What one partition reports of a step, by task.
 *
 * @param losses sums over rows
 * @param sharedSquares squared norms of the gradients of the last shared layer
 */
@SuppressWarnings("ArrayRecordComponent")
record StepPart(int partition, double[] losses, double[] sharedSquares) implements Serializable {}
