package io.taskweave.core.sample;

/**
 * Column names of the samples data set, which the data jobs write and the engine reads.
 *
 * <p>Types: {@link #SAMPLE_ID} and {@link #TIME} are {@code long} (epoch milliseconds); {@link
 * #USER} and {@link #ITEM} are strings; {@link #SPLIT} is {@code train}, {@code valid} or {@code
 * test}; {@link #STREAM} is an {@code int} below the number of streams; a feature is an {@code
 * int}, an array of {@code int}, or a {@code float}; a label is a {@code tinyint} 0 or 1, null
 * where it is missing; {@link #WEIGHT} is a non-negative {@code float}.
 */
public final class SampleColumns {
  public static final String SAMPLE_ID = "sample_id";
  public static final String USER = "user";
  public static final String ITEM = "item";
  public static final String TIME = "time";
  public static final String SPLIT = "split";
  public static final String STREAM = "stream";
  public static final String WEIGHT = "weight";
  public static final String DAY = "dt";

  private SampleColumns() {}

  public static String feature(String field) {
    return "feature_" + field;
  }

  public static String label(String task) {
    return "label_" + task;
  }

  /** Scores of the weights that are best for all tasks together. */
  public static String score(String task) {
    return "score_" + task;
  }

  /** Scores of the weights that are best for the task. */
  public static String ownEpochScore(String task) {
    return "own_epoch_score_" + task;
  }
}
