package io.taskweave.engine.training;

import java.io.Serializable;

/** One partition's sums of losses in a step. */
@SuppressWarnings("ArrayRecordComponent")
record StepPart(int partition, double[] lossByTask) implements Serializable {}
