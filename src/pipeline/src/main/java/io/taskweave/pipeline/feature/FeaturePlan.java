package io.taskweave.pipeline.feature;

import io.taskweave.core.error.ConfigurationException;
import io.taskweave.pipeline.split.SplitRule;
import java.io.Serializable;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * How a log becomes samples.
 *
 * @param weightColumn column of non-negative sample weights; empty if every sample weighs 1
 * @param streams number of user-hashed streams, a multiple of executors times cores
 * @param days the days to encode, {@code yyyy-MM-dd}; empty for all. The other days stay as they
 *     were published, with the edges and means of that time
 * @param appendVocabulary whether the tokens of the published vocabularies keep their ids and new
 *     ones follow; implied by {@code days}
 * @param broadcastLimit vocabularies of at most so many tokens travel whole to every executor;
 *     larger ones are joined by a shuffle
 */
public record FeaturePlan(
    String userColumn,
    String itemColumn,
    List<FieldPlan> fields,
    List<TaskPlan> tasks,
    String weightColumn,
    int streams,
    SplitRule split,
    List<String> days,
    boolean appendVocabulary,
    long broadcastLimit)
    implements Serializable {
  public static final int DEFAULT_STREAMS = 8;
  public static final long DEFAULT_BROADCAST_LIMIT = 500_000;

  public FeaturePlan {
    fields = List.copyOf(fields);
    tasks = List.copyOf(tasks);
    days = List.copyOf(days);
    appendVocabulary = appendVocabulary || !days.isEmpty();
    verify(!fields.isEmpty(), "there are no fields", fields);
    verify(!tasks.isEmpty(), "there are no tasks", tasks);
    verify(streams >= 1, "streams must be positive", streams);
    verify(broadcastLimit >= 0, "broadcast-limit must not be negative", broadcastLimit);
    Set<String> taskNames = new HashSet<>();
    for (TaskPlan task : tasks) {
      verify(taskNames.add(task.name()), "task twice", task.name());
    }
    Set<String> names = new HashSet<>();
    Map<String, FieldPlan> firstOfTable = new HashMap<>();
    for (FieldPlan field : fields) {
      verify(names.add(field.name()), "field twice", field.name());
      FieldPlan first = firstOfTable.putIfAbsent(field.table(), field);
      boolean sharable =
          first == null
              || (first.hasVocabulary()
                  && field.hasVocabulary()
                  && first.minimumCount() == field.minimumCount())
              || (first.hashBuckets() > 0 && first.hashBuckets() == field.hashBuckets());
      verify(
          sharable,
          "fields of one table need the same minimum-count and hash-buckets, and no numbers",
          field.table());
    }
  }

  /** A plan over the whole log with the default streams, no weights and fresh vocabularies. */
  public static FeaturePlan of(
      String userColumn,
      String itemColumn,
      List<FieldPlan> fields,
      List<TaskPlan> tasks,
      SplitRule split) {
    return new FeaturePlan(
        userColumn,
        itemColumn,
        fields,
        tasks,
        "",
        DEFAULT_STREAMS,
        split,
        List.of(),
        false,
        DEFAULT_BROADCAST_LIMIT);
  }

  private static void verify(boolean holds, String problem, Object value) {
    if (!holds) {
      throw new ConfigurationException(
          String.format("Cannot plan features: %s (%s), change the configuration", problem, value));
    }
  }
}
