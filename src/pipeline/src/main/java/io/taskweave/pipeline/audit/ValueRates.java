package io.taskweave.pipeline.audit;

import static org.apache.spark.sql.functions.array_contains;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.size;
import static org.apache.spark.sql.functions.when;

import io.taskweave.core.sample.FieldKind;
import io.taskweave.core.sample.SampleColumns;
import io.taskweave.pipeline.feature.FieldPlan;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * Rows whose value of a field is missing (id 0, or an empty list) or out of vocabulary (id 1, or a
 * list that holds one), by split and by the labels of each task. Numeric fields have neither: their
 * gaps are filled when they are encoded.
 */
final class ValueRates {
  private static final int MISSING_ID = 0;
  private static final int UNKNOWN_ID = 1;

  /** Why a field has no value of its own. */
  enum Kind {
    MISSING("missing"),
    OUT_OF_VOCABULARY("out of vocabulary");

    private final String words;

    Kind(String words) {
      this.words = words;
    }

    String words() {
      return words;
    }
  }

  /** A part of the samples: all rows of a split, or those with one label of a task. */
  record Part(String split, Optional<String> task, int label) {
    static Part ofSplit(String split) {
      return new Part(split, Optional.empty(), -1);
    }
  }

  /** Rows of a part, and those without a value. */
  record Rate(long rows, long affected) {
    double value() {
      return rows == 0 ? 0 : (double) affected / rows;
    }

    Rate plus(long moreRows, long moreAffected) {
      return new Rate(rows + moreRows, affected + moreAffected);
    }
  }

  private final List<FieldPlan> fields;
  private final SortedMap<String, Rate> rates = new TreeMap<>();
  private final List<String> splits = new ArrayList<>();

  private ValueRates(List<FieldPlan> fields) {
    this.fields = fields;
  }

  /**
   * One aggregation by split and labels; as many rows reach the driver as combinations of labels
   * occur.
   */
  static ValueRates of(Dataset<Row> samples, AuditPlan plan) {
    ValueRates result =
        new ValueRates(
            plan.fields().stream().filter(field -> field.kind() != FieldKind.NUMERIC).toList());
    List<Column> keys = new ArrayList<>();
    keys.add(col(SampleColumns.SPLIT));
    plan.tasks().forEach(task -> keys.add(quoted(SampleColumns.label(task.name())).cast("int")));
    List<Column> counts = new ArrayList<>();
    for (FieldPlan field : result.fields) {
      for (Kind kind : Kind.values()) {
        counts.add(count(when(hasNone(field, kind), lit(1))));
      }
    }
    List<Row> groups =
        samples
            .groupBy(keys.toArray(Column[]::new))
            .agg(count(lit(1)), counts.toArray(Column[]::new))
            .collectAsList();
    for (Row group : groups) {
      result.add(group, plan);
    }
    return result;
  }

  /** Splits in the order train, then by name. */
  List<String> splits() {
    return splits;
  }

  List<FieldPlan> fields() {
    return fields;
  }

  Rate rate(FieldPlan field, Kind kind, Part part) {
    return rates.getOrDefault(key(field, kind, part), new Rate(0, 0));
  }

  private void add(Row group, AuditPlan plan) {
    String split = group.getString(0);
    if (!splits.contains(split)) {
      splits.add(split);
      splits.sort(
          java.util.Comparator.comparing((String name) -> !name.equals("train"))
              .thenComparing(java.util.Comparator.naturalOrder()));
    }
    List<Part> parts = new ArrayList<>();
    parts.add(Part.ofSplit(split));
    for (int task = 0; task < plan.tasks().size(); task++) {
      if (!group.isNullAt(1 + task)) {
        parts.add(
            new Part(split, Optional.of(plan.tasks().get(task).name()), group.getInt(1 + task)));
      }
    }
    int next = 1 + plan.tasks().size();
    long rows = group.getLong(next++);
    for (FieldPlan field : fields) {
      for (Kind kind : Kind.values()) {
        long affected = group.getLong(next++);
        for (Part part : parts) {
          rates.merge(
              key(field, kind, part),
              new Rate(rows, affected),
              (before, more) -> before.plus(more.rows(), more.affected()));
        }
      }
    }
  }

  private static String key(FieldPlan field, Kind kind, Part part) {
    return String.join("\u0000", field.name(), kind.name(), part.toString());
  }

  private static Column hasNone(FieldPlan field, Kind kind) {
    Column value = quoted(SampleColumns.feature(field.name()));
    if (field.kind() == FieldKind.MULTI_VALUED) {
      return kind == Kind.MISSING ? size(value).equalTo(lit(0)) : array_contains(value, UNKNOWN_ID);
    }
    return value.equalTo(lit(kind == Kind.MISSING ? MISSING_ID : UNKNOWN_ID));
  }

  private static Column quoted(String name) {
    return col("`" + name.replace("`", "``") + "`");
  }
}
