package io.taskweave.pipeline.group;

import io.taskweave.core.error.ConfigurationException;
import java.io.Serializable;
import java.util.List;

/**
 * How users are grouped by their feedback.
 *
 * @param tasks at least one, in order; pairs are (earlier, later)
 * @param kappa above 1: how many times more feedback makes a task dominant
 * @param normalise whether counts are taken relative to their mean over users
 * @param sweep other values of kappa whose group sizes are reported
 */
public record GroupPlan(
    List<String> tasks, double kappa, boolean normalise, Method method, List<Double> sweep)
    implements Serializable {
  /** Where the bounds between groups lie. */
  public enum Method {
    /** At plus and minus ln(kappa). */
    LOG_RATIO,
    /** At the tertiles of the log-ratio over users with feedback. */
    TERTILES
  }

  public GroupPlan {
    tasks = List.copyOf(tasks);
    sweep = List.copyOf(sweep);
    checkKappa(kappa);
    sweep.forEach(GroupPlan::checkKappa);
  }

  private static void checkKappa(double value) {
    if (!(value >= 1 && value < Double.POSITIVE_INFINITY)) {
      throw new ConfigurationException(
          "Cannot group users: kappa is below 1 or not a number ("
              + value
              + "), set groups.kappa and groups.sweep to 1 or more");
    }
  }
}
