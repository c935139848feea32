package io.taskweave.pipeline.audit;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.min;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.when;
import static org.apache.spark.sql.functions.xxhash64;

import io.taskweave.core.sample.SampleColumns;
import io.taskweave.pipeline.dataset.HashedColumns;
import io.taskweave.pipeline.split.SplitRule;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * Rows of a part that stand in training too: same user, item, features and labels.
 *
 * @param split the part
 * @param sameTime whether the time is the same as well: one event twice. At another time it is a
 *     repetition, which a log may well hold
 * @param rows of the part
 * @param inTraining those of them that have a twin in training
 * @param named the first of these, by their twin's id
 */
record IdenticalRows(String split, boolean sameTime, long rows, long inTraining, List<Twin> named) {
  private static final String CONTENT = "content";
  private static final String TRAINING = "training";

  /** Ids of two samples with one content. */
  record Twin(long sampleId, long trainingId) {}

  IdenticalRows {
    named = List.copyOf(named);
  }

  double share() {
    return rows == 0 ? 0 : (double) inTraining / rows;
  }

  /** Of the parts {@code valid} and {@code test}; one shuffle of a hash a row. */
  static List<IdenticalRows> of(Dataset<Row> samples, boolean sameTime, int named) {
    List<String> parts = List.of(SplitRule.VALID, SplitRule.TEST);
    List<Column> counts = new ArrayList<>();
    counts.add(min(when(isPart(SplitRule.TRAIN), col(SampleColumns.SAMPLE_ID))).as(TRAINING));
    for (String part : parts) {
      counts.add(count(when(isPart(part), lit(1))).as(part));
      counts.add(min(when(isPart(part), col(SampleColumns.SAMPLE_ID))).as(first(part)));
    }
    Dataset<Row> contents =
        samples
            .select(
                content(samples, sameTime).as(CONTENT),
                col(SampleColumns.SPLIT),
                col(SampleColumns.SAMPLE_ID))
            .groupBy(CONTENT)
            .agg(counts.get(0), counts.subList(1, counts.size()).toArray(Column[]::new));
    Column shared = col(TRAINING).isNotNull();
    List<Column> sums = new ArrayList<>();
    for (String part : parts) {
      sums.add(coalesce(sum(part), lit(0L)));
      sums.add(coalesce(sum(when(shared, col(part))), lit(0L)));
    }
    Row totals =
        contents.agg(sums.get(0), sums.subList(1, sums.size()).toArray(Column[]::new)).first();
    List<IdenticalRows> result = new ArrayList<>();
    for (int i = 0; i < parts.size(); i++) {
      String part = parts.get(i);
      long twins = totals.getLong(2 * i + 1);
      List<Twin> examples =
          twins == 0
              ? List.of()
              : contents
                  .where(shared.and(col(first(part)).isNotNull()))
                  .select(first(part), TRAINING)
                  .orderBy(TRAINING)
                  .limit(named)
                  .collectAsList()
                  .stream()
                  .map(row -> new Twin(row.getLong(0), row.getLong(1)))
                  .toList();
      result.add(new IdenticalRows(part, sameTime, totals.getLong(2 * i), twins, examples));
    }
    return result;
  }

  private static Column content(Dataset<Row> samples, boolean sameTime) {
    List<String> content = new ArrayList<>();
    for (String name : samples.columns()) {
      boolean counts =
          name.equals(SampleColumns.USER)
              || name.equals(SampleColumns.ITEM)
              || (sameTime && name.equals(SampleColumns.TIME))
              || name.startsWith(SampleColumns.feature(""))
              || name.startsWith(SampleColumns.label(""));
      if (counts) {
        content.add(name);
      }
    }
    return xxhash64(HashedColumns.of(content.toArray(String[]::new)));
  }

  private static String first(String part) {
    return part + " first";
  }

  private static Column isPart(String part) {
    return col(SampleColumns.SPLIT).equalTo(lit(part));
  }
}
