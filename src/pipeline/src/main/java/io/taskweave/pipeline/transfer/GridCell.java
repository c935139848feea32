package io.taskweave.pipeline.transfer;

import io.taskweave.pipeline.evaluate.ReplicateRecord;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * One finished training of a grid.
 *
 * @param validationAuc mean over tasks at the common best epoch; it chooses the learning rate
 * @param bestEpoch the common one
 * @param ownEpochs each task's own best epoch
 * @param aucs of all tasks, splits, groups and checkpoints
 */
public record GridCell(
    String model,
    String optimizer,
    double learningRate,
    long seed,
    double validationAuc,
    int bestEpoch,
    SortedMap<String, Integer> ownEpochs,
    List<ReplicateRecord> aucs) {
  public GridCell {
    ownEpochs = new TreeMap<>(ownEpochs);
    aucs = List.copyOf(aucs);
  }

  /** The trainings that differ in their seeds only. */
  record Setting(String model, String optimizer, double learningRate) {}

  Setting setting() {
    return new Setting(model, optimizer, learningRate);
  }
}
