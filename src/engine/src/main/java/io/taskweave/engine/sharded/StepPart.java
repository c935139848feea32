package io.taskweave.engine.sharded;

import java.io.Serializable;

/**
 * What one executor has of a step.
 *
 * @param losses sums of each thread, one a task
 * @param sharedSquares squared norms of the tasks' gradients of the last shared layer
 */
@SuppressWarnings("ArrayRecordComponent")
record StepPart(double[][] losses, double[] sharedSquares, double seconds)
    implements Serializable {}
