package io.taskweave.pipeline.evaluate;

import static org.apache.spark.sql.functions.array;
import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.collect_list;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.sort_array;
import static org.apache.spark.sql.functions.when;

import io.taskweave.core.group.FeedbackGroups;
import io.taskweave.core.sample.SampleColumns;
import io.taskweave.pipeline.group.UserGroups;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * The groups in which samples are measured. Index 0 is {@code all}. A group is called by its own
 * name where there is one pair of tasks, and {@code <pair>:<group>} where there are more.
 */
public final class GroupNames {
  public static final String ALL = "all";

  /** Column of the indices of a sample's groups. */
  public static final String COLUMN = "group_indices";

  private static final String GROUPED_USER = "grouped_user";

  private final List<String> names = new ArrayList<>(List.of(ALL));
  private final List<Integer> unseen = new ArrayList<>();
  private final List<Row> keys;
  private final Optional<Dataset<Row>> table;

  /**
   * Reads which groups there are.
   *
   * @param table columns {@code user, pair, group}; empty for no groups
   */
  public GroupNames(Optional<Dataset<Row>> table) {
    this.table = table;
    keys =
        table
            .map(
                rows ->
                    rows.select(UserGroups.PAIR, UserGroups.GROUP)
                        .distinct()
                        // A handful: one partition is sorted without sampling for ranges.
                        .coalesce(1)
                        .orderBy(UserGroups.PAIR, UserGroups.GROUP)
                        .collectAsList())
            .orElse(List.of());
    List<String> pairs = keys.stream().map(key -> key.getString(0)).distinct().toList();
    for (Row key : keys) {
      names.add(name(key.getString(0), key.getString(1), pairs.size()));
    }
    for (String pair : pairs) {
      unseen.add(names.size());
      names.add(name(pair, FeedbackGroups.UNSEEN, pairs.size()));
    }
  }

  private static String name(String pair, String group, int pairs) {
    return pairs == 1 ? group : pair + ":" + group;
  }

  /** Names by index. */
  public List<String> names() {
    return names;
  }

  /** Adds the indices of each row's groups, by its user; {@code all} is left out. */
  public Dataset<Row> join(Dataset<Row> rows) {
    if (keys.isEmpty()) {
      return rows.withColumn(COLUMN, lit(null).cast("array<int>"));
    }
    Column index = lit(null).cast("int");
    for (int key = keys.size() - 1; key >= 0; key--) {
      index =
          when(
                  col(UserGroups.PAIR)
                      .equalTo(keys.get(key).getString(0))
                      .and(col(UserGroups.GROUP).equalTo(keys.get(key).getString(1))),
                  lit(key + 1))
              .otherwise(index);
    }
    Dataset<Row> byUser =
        table
            .orElseThrow()
            .select(col(SampleColumns.USER).as(GROUPED_USER), index.as("index"))
            .groupBy(GROUPED_USER)
            .agg(sort_array(collect_list(col("index"))).as(COLUMN));
    Column[] missing = unseen.stream().map(i -> lit(i)).toArray(Column[]::new);
    return rows.join(byUser, rows.col(SampleColumns.USER).equalTo(byUser.col(GROUPED_USER)), "left")
        .withColumn(COLUMN, coalesce(col(COLUMN), array(missing)))
        .drop(GROUPED_USER);
  }
}
