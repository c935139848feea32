package io.taskweave.engine.training;

import java.io.Serializable;

/** One partition's sums of losses in a step. */
record StepPart(int partition, double[] lossByTask) implements Serializable {}
