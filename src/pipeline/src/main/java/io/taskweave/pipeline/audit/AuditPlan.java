package io.taskweave.pipeline.audit;

import io.taskweave.core.error.ConfigurationException;
import io.taskweave.pipeline.feature.FieldPlan;
import io.taskweave.pipeline.feature.TaskPlan;
import io.taskweave.pipeline.validate.ValidationPlan;
import java.io.Serializable;
import java.util.List;

/**
 * How samples are searched for leaks.
 *
 * @param fields the fields of the samples
 * @param tasks the tasks of the samples
 * @param mode what a leak leads to; in samples nothing can be set apart, so {@code QUARANTINE}
 *     means {@code FAIL}
 * @param rateDifference a rate of missing or unknown values that differs by more than this, as a
 *     share of rows, is reported
 * @param zScore and only if the difference is more than so many standard errors, which a handful of
 *     rows does not reach. Rows of a user are not independent: 2 would be too few
 * @param identicalShare largest accepted share of the events of a part that are in training too
 * @param named how many identical rows are named
 */
public record AuditPlan(
    List<FieldPlan> fields,
    List<TaskPlan> tasks,
    ValidationPlan.Mode mode,
    double rateDifference,
    double zScore,
    double identicalShare,
    int named)
    implements Serializable {
  public static final double DEFAULT_RATE_DIFFERENCE = 0.1;
  public static final double DEFAULT_Z_SCORE = 5;
  public static final double DEFAULT_IDENTICAL_SHARE = 0.01;

  public AuditPlan {
    fields = List.copyOf(fields);
    tasks = List.copyOf(tasks);
    if (!(rateDifference > 0 && zScore > 0 && identicalShare >= 0)) {
      throw new ConfigurationException(
          String.format(
              "Cannot audit samples: thresholds must be positive (%s, %s, %s), change"
                  + " validate.audit",
              rateDifference, zScore, identicalShare));
    }
  }
}
