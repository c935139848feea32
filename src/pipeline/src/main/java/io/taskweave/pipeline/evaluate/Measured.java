package io.taskweave.pipeline.evaluate;

import io.taskweave.core.metric.MetricRecord;
import java.util.List;

/**
 * What an evaluation has found.
 *
 * @param records every metric with its interval
 * @param aucs every AUC with its bootstrap replicates, from which runs are compared later
 */
public record Measured(List<MetricRecord> records, List<ReplicateRecord> aucs) {
  public Measured {
    records = List.copyOf(records);
    aucs = List.copyOf(aucs);
  }
}
