package io.taskweave.pipeline.feature;

import static org.apache.spark.sql.functions.coalesce;
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
import io.taskweave.pipeline.dataset.PartitionContent;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * Counts of samples by part: rows, positives, missing and unknown values by field; with the content
 * by day, all from one pass over the written samples.
 */
record SampleSummary(ObjectNode counts, SortedMap<String, PartitionContent> contentByDay) {
  static SampleSummary of(Dataset<Row> samples, EncoderDescription description) {
    List<Column> totals = new ArrayList<>();
    totals.add(count(lit(1)));
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
        totals.add(coalesce(sum(size(unknown)).cast("long"), lit(0L)));
        totals.add(coalesce(sum(size(feature)).cast("long"), lit(0L)));
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
    SortedMap<String, PartitionContent> contentByDay = new TreeMap<>();
    SortedMap<String, long[]> sumsByPart = new TreeMap<>();
    for (Row row : countByDayAndPart(samples, totals)) {
      contentByDay.merge(row.getString(0), PartitionContent.of(row, 2), PartitionContent::plus);
      long[] sums = sumsByPart.computeIfAbsent(row.getString(1), part -> new long[totals.size()]);
      for (int total = 0; total < sums.length; total++) {
        sums[total] += row.getLong(5 + total);
      }
    }
    sumsByPart.forEach((part, sums) -> describe(parts.putObject(part), sums, description, fields));
    return new SampleSummary(summary, contentByDay);
  }

  private static List<Row> countByDayAndPart(Dataset<Row> samples, List<Column> totals) {
    List<Column> sums = new ArrayList<>(PartitionContent.sums());
    sums.addAll(totals);
    return PartitionContent.hashed(samples)
        .groupBy(SampleColumns.DAY, SampleColumns.SPLIT)
        .agg(sums.get(0), sums.subList(1, sums.size()).toArray(Column[]::new))
        .collectAsList();
  }

  private static void describe(
      ObjectNode part, long[] sums, EncoderDescription description, List<FittedField> fields) {
    long rows = sums[0];
    part.put("rows", rows);
    int next = 1;
    ObjectNode labels = part.putObject("labels");
    for (TaskPlan task : description.tasks()) {
      labels.putObject(task.name()).put("labelled", sums[next]).put("positives", sums[next + 1]);
      next += 2;
    }
    ObjectNode byField = part.putObject("fields");
    for (FittedField field : fields) {
      long values = sums[next + 2];
      double unknown = sums[next + 1];
      byField
          .putObject(field.plan().name())
          .put("missing_rate", (double) sums[next] / rows)
          .put("out_of_vocabulary_rate", values == 0 ? 0 : unknown / values);
      next += 3;
    }
  }
}
