package io.taskweave.core.group;

/**
 * Names of the groups of users by how their positive feedback is spread over tasks; what the data
 * jobs write and the reports read.
 */
public final class FeedbackGroups {
  /** No task prevails. */
  public static final String COMPARABLE = "comparable";

  /** Users without a positive of the tasks in question. */
  public static final String NO_FEEDBACK = "no-feedback";

  /** Users that the training part does not hold; given at the join, never in the table. */
  public static final String UNSEEN = "unseen";

  private FeedbackGroups() {}

  /** The group in which a task's feedback prevails. */
  public static String dominant(String task) {
    return task + "-dominant";
  }
}
