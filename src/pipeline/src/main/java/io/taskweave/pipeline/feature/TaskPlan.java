package io.taskweave.pipeline.feature;

import java.io.Serializable;

/**
 * A task to learn.
 *
 * @param labelColumn column of the log with 0, 1 or null where the feedback was not observed
 */
public record TaskPlan(String name, String labelColumn) implements Serializable {}
