package io.taskweave.pipeline.dataset;

/** What a stage has read, and what it looked like at that time. */
public record StageInput(String path, String fingerprint) {}
