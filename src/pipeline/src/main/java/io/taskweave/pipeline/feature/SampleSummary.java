package io.taskweave.pipeline.feature;

import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.filter;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.size;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.when;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.taskweave.core.sample.FieldKind;
import io.taskweave.core.sample.SampleColumns;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** Counts of samples by part: rows, positives, missing and unknown values by field. */
final class SampleSummary {
  private SampleSummary() {}

  static ObjectNode of(Dataset<Row> samples, EncoderDescription description) {
    List<Column> totals = new ArrayList<>();
    for (TaskPlan task : description.tasks()) {
      Column label = LogColumns.quoted(SampleColumns.label(task.name()));
      totals.add(count(label));
      totals.add(count(when(label.equalTo(lit(1)), lit(1))));
    }
    List<FittedField> fields =
        description.fields().stream().filter(f -> f.plan().kind() != FieldKind.NUMERIC).toList();
    for (FittedField field : fields) {
      Column feature = LogColumns.quoted(SampleColumns.feature(field.plan().name()));
      if (field.plan().kind() == FieldKind.MULTI_VALUED) {
        totals.add(count(when(size(feature).equalTo(lit(0)), lit(1))));
        Column unknown = filter(feature, id -> id.equalTo(lit(FieldValues.UNKNOWN_ID)));
        totals.add(sum(size(unknown)).cast("long"));
        totals.add(sum(size(feature)).cast("long"));
      } else {
        totals.add(count(when(feature.equalTo(lit(FieldValues.MISSING_ID)), lit(1))));
        totals.add(count(when(feature.equalTo(lit(FieldValues.UNKNOWN_ID)), lit(1))));
        totals.add(count(when(feature.notEqual(lit(FieldValues.MISSING_ID)), lit(1))));
      }
    }
    ObjectNode summary = JsonNodeFactory.instance.objectNode();
    summary.put("streams", description.streams());
    summary.put("vocabulary_version", description.vocabularyVersion());
    ObjectNode tables = summary.putObject("table_rows");
    description.fields().forEach(f -> tables.put(f.plan().table(), f.tableRows()));
    ObjectNode parts = summary.putObject("splits");
    for (Row row :
        samples
            .groupBy(SampleColumns.SPLIT)
            .agg(count(lit(1)), totals.toArray(Column[]::new))
            .orderBy(SampleColumns.SPLIT)
            .collectAsList()) {
      describe(parts.putObject(row.getString(0)), row, description, fields);
    }
    return summary;
  }

  private static void describe(
      ObjectNode part, Row row, EncoderDescription description, List<FittedField> fields) {
    long rows = row.getLong(1);
    part.put("rows", rows);
    int next = 2;
    ObjectNode labels = part.putObject("labels");
    for (TaskPlan task : description.tasks()) {
      labels
          .putObject(task.name())
          .put("labelled", row.getLong(next))
          .put("positives", row.getLong(next + 1));
      next += 2;
    }
    ObjectNode byField = part.putObject("fields");
    for (FittedField field : fields) {
      long values = row.getLong(next + 2);
      double unknown = row.getLong(next + 1);
      byField
          .putObject(field.plan().name())
          .put("missing_rate", (double) row.getLong(next) / rows)
          .put("out_of_vocabulary_rate", values == 0 ? 0 : unknown / values);
      next += 3;
    }
  }
}
