package io.taskweave.pipeline.transfer;

import io.taskweave.core.error.ConfigurationException;
import java.io.Serializable;

/**
 * Which pairs of user and item count, and from where on they are far or near.
 *
 * @param user field of the user, whose ids index the tables
 * @param item field of the item
 * @param split whose rows are looked at
 * @param frequency users and items above this percentile of occurrences in training count, in [0,
 *     1)
 * @param far distances above this percentile are far, in (0, 1)
 * @param near distances up to this percentile are near, at most {@code far}
 */
public record ConflictPlan(
    String user, String item, String split, double frequency, double far, double near)
    implements Serializable {
  public ConflictPlan {
    if (!(frequency >= 0 && frequency < 1 && near > 0 && near <= far && far < 1)) {
      throw new ConfigurationException(
          "Cannot look for conflicts: frequency in [0, 1) and 0 < near <= far < 1 are needed"
              + " (frequency "
              + frequency
              + ", far "
              + far
              + ", near "
              + near
              + "), correct experiment.conflict");
    }
  }
}
