package io.taskweave.engine.cluster;

import io.taskweave.core.sample.EventColumns;
import io.taskweave.core.sample.Field;
import io.taskweave.core.sample.FieldKind;
import io.taskweave.core.sample.SampleColumns;
import io.taskweave.core.sample.SampleLayout;
import io.taskweave.core.sample.Sequence;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;

/**
 * Samples counted before they are loaded.
 *
 * @param rows number of samples
 * @param bytes what they take as {@link io.taskweave.core.sample.SampleBlock}s
 */
public record SampleSize(long rows, long bytes) {
  private static final long ID_AND_WEIGHT_BYTES = Long.BYTES + Float.BYTES;

  /**
   * Reads the lengths of the multi-valued columns and of the histories, and nothing else.
   *
   * @param histories every event of them counts once, whether a sample sees it or not
   */
  public static SampleSize of(
      SampleLayout layout, Dataset<Row> samples, Optional<Dataset<Row>> histories) {
    List<Column> sums = new ArrayList<>();
    for (Field field : layout.fields()) {
      String name = SampleColumns.feature(field.name());
      if (field.kind() == FieldKind.MULTI_VALUED && List.of(samples.columns()).contains(name)) {
        Column length = functions.size(functions.col("`" + name.replace("`", "``") + "`"));
        // The size of null is -1.
        sums.add(functions.sum(functions.greatest(length, functions.lit(0)).cast("long")));
      }
    }
    Row counted =
        samples.agg(functions.count(functions.lit(1)), sums.toArray(Column[]::new)).first();
    long rows = counted.getLong(0);
    long values = 0;
    for (int i = 1; i < counted.size(); i++) {
      values += counted.isNullAt(i) ? 0 : counted.getLong(i);
    }
    long perRow =
        ID_AND_WEIGHT_BYTES + (long) Integer.BYTES * layout.fields().size() + layout.tasks().size();
    long seen = 2L * Integer.BYTES * layout.sequences().size() + (layout.timed() ? Long.BYTES : 0);
    return new SampleSize(
        rows,
        (perRow + seen) * rows
            + Integer.BYTES * values
            + histories.map(events -> eventBytes(layout, events)).orElse(0L));
  }

  private static long eventBytes(SampleLayout layout, Dataset<Row> histories) {
    List<String> names = layout.sequences().stream().map(Sequence::name).toList();
    Row sizes =
        histories
            .where(functions.col(EventColumns.SEQUENCE).isin(names.toArray()))
            .agg(
                functions.sum(functions.size(functions.col(EventColumns.IDS))),
                functions.sum(
                    // The size of null is -1.
                    functions.greatest(
                        functions.size(functions.col(EventColumns.TIMES)), functions.lit(0))))
            .first();
    return sizes.isNullAt(0) ? 0 : Integer.BYTES * sizes.getLong(0) + Long.BYTES * sizes.getLong(1);
  }

  /** What a sample takes, its share of the histories included; 0 without samples. */
  public double bytesPerSample() {
    return rows == 0 ? 0 : (double) bytes / rows;
  }
}
