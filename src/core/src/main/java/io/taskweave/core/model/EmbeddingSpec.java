package io.taskweave.core.model;

import io.taskweave.core.sequence.InterestSpec;
import io.taskweave.core.sequence.TemporalSpec;
import java.io.Serializable;
import java.util.Objects;

/**
 * Size and start of the embedding tables, and how histories that read them become inputs.
 *
 * @param size width D of each table
 * @param deviation standard deviation of the initial rows; the padding row is zero
 * @param interest how sequences are pooled, in each view of the samples for itself; of no account
 *     for samples without sequences
 */
public record EmbeddingSpec(int size, double deviation, InterestSpec interest)
    implements Serializable {
  public EmbeddingSpec {
    Objects.requireNonNull(interest, "interest");
    ShapeCheck.positive("embedding size", size);
    checked(deviation);
  }

  /** Tables whose histories, if any, are pooled as TIN as published does, by position. */
  public EmbeddingSpec(int size, double deviation) {
    this(size, deviation, InterestSpec.tin(TemporalSpec.byPosition(checked(deviation))));
  }

  private static double checked(double deviation) {
    if (!(deviation >= 0) || deviation == Double.POSITIVE_INFINITY) {
      throw ShapeCheck.refused(
          "embedding deviation", deviation, "a finite number that is not negative");
    }
    return deviation;
  }
}
