package io.taskweave.core.group;

/**
 * Groups a user by how his positive feedback is spread over tasks. The definition is this project's
 * reading of the comparable samples of STEM (Su et al., AAAI 2024), which leaves unit and threshold
 * open: for tasks A and B with positives P in the training part,
 *
 * <p>{@code rho = ln((P_A + 1) / n_A) - ln((P_B + 1) / n_B)},
 *
 * <p>where n is the mean over users of P + 1 (normalised) or 1 (raw). A user is A-dominant above
 * the upper bound, B-dominant below the lower one and comparable between them, bounds included; a
 * user without a positive is a group of his own.
 */
public final class FeedbackGroups {
  public static final String COMPARABLE = "comparable";
  public static final String NO_FEEDBACK = "no-feedback";

  /** Users that the training part does not hold; given at the join, never in the table. */
  public static final String UNSEEN = "unseen";

  private FeedbackGroups() {}

  /** The group in which a task's feedback prevails. */
  public static String dominant(String task) {
    return task + "-dominant";
  }

  /**
   * Log-ratio of two tasks' positives.
   *
   * @param scaleA mean over users of positives + 1, or 1 for raw counts
   */
  public static double logRatio(long positivesA, double scaleA, long positivesB, double scaleB) {
    return logCount(positivesA, scaleA) - logCount(positivesB, scaleB);
  }

  /** Logarithm of positives + 1, relative to the scale. */
  public static double logCount(long positives, double scale) {
    return Math.log((positives + 1) / scale);
  }

  /** Group of a user with feedback; {@code low} and {@code high} are ln of the thresholds. */
  public static String ofRatio(double rho, double low, double high, String taskA, String taskB) {
    if (rho > high) {
      return dominant(taskA);
    }
    return rho < low ? dominant(taskB) : COMPARABLE;
  }
}
