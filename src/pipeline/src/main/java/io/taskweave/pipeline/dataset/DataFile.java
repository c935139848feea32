package io.taskweave.pipeline.dataset;

/**
 * A file of a data set.
 *
 * @param path relative to the folder of the data set
 * @param partition the value of {@code dt} that it belongs to; "" if none
 */
public record DataFile(String path, long bytes, String partition) {}
