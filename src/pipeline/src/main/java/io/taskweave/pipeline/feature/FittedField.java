package io.taskweave.pipeline.feature;

import com.fasterxml.jackson.annotation.JsonIgnore;
import io.taskweave.core.sample.Field;
import java.io.Serializable;
import java.util.List;

/**
 * A field with what the training part has taught.
 *
 * @param tableRows rows of its embedding table, rows 0 and 1 included; 1 for a number
 * @param edges of its buckets, ascending; empty if it has none
 * @param mean subtracted from a number
 * @param deviation divides a number after that
 */
record FittedField(FieldPlan plan, int tableRows, List<Double> edges, double mean, double deviation)
    implements Serializable {
  FittedField {
    edges = List.copyOf(edges);
  }

  FittedField withTableRows(int rows) {
    return new FittedField(plan, rows, edges, mean, deviation);
  }

  @JsonIgnore
  Field field() {
    return new Field(
        plan.name(), plan.kind(), plan.table(), tableRows, plan.pooling(), plan.idDropout());
  }
}
