package io.taskweave.pipeline.feature;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.element_at;
import static org.apache.spark.sql.functions.lit;

import io.taskweave.core.sample.SampleColumns;
import io.taskweave.pipeline.dataset.PartitionContent;
import io.taskweave.pipeline.dataset.TrackedWrite;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.parquet.hadoop.ParquetOutputFormat;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.unsafe.hash.Murmur3_x86_32;

/** Writes samples as Parquet, a file a stream, day and part, in the order of their ids. */
final class SampleWriter {
  private static final String PLACE = "stream_place";
  private static final int MURMUR_SEED = 42;
  private static final List<String> PARTITION = List.of(SampleColumns.DAY, SampleColumns.SPLIT);

  private final Dataset<Row> samples;

  /**
   * @param samples with day and part
   */
  SampleWriter(Dataset<Row> samples) {
    List<Column> columns = new ArrayList<>();
    for (String name : samples.columns()) {
      if (!PARTITION.contains(name)) {
        columns.add(LogColumns.quoted(name));
      }
    }
    PARTITION.forEach(name -> columns.add(col(name)));
    this.samples = samples.select(columns.toArray(Column[]::new));
  }

  /** Of the samples as they are read again: day and part last, and anything may be null. */
  StructType schema() {
    return samples.schema().asNullable();
  }

  /** Returns the content by day. */
  SortedMap<String, PartitionContent> write(Path folder, int streams, SampleCounts counts) {
    Dataset<Row> ordered =
        samples
            .withColumn(
                PLACE, element_at(lit(places(streams)), col(SampleColumns.STREAM).plus(lit(1))))
            .repartition(streams, col(PLACE))
            .drop(PLACE)
            .sortWithinPartitions(
                col(SampleColumns.DAY), col(SampleColumns.SPLIT), col(SampleColumns.SAMPLE_ID));
    return TrackedWrite.write(
        ordered, PARTITION.size(), folder, configuration(ordered.sparkSession()), counts);
  }

  private static Configuration configuration(SparkSession spark) {
    Configuration configuration = spark.sessionState().newHadoopConf();
    // A dictionary of values that are nearly all others is built and thrown away. Users who see
    // histories are read as texts, which a dictionary has looked up and copied for every sample.
    for (String column :
        List.of(
            SampleColumns.SAMPLE_ID, SampleColumns.TIME, SampleColumns.USER, SampleColumns.ITEM)) {
      configuration.setBoolean(ParquetOutputFormat.ENABLE_DICTIONARY + "#" + column, false);
    }
    return configuration;
  }

  /**
   * For every stream a number that hash partitioning sends to the partition of that stream, so that
   * a stream is one task and one file.
   */
  static int[] places(int streams) {
    int[] places = new int[streams];
    boolean[] found = new boolean[streams];
    int missing = streams;
    for (int candidate = 0; missing > 0; candidate++) {
      int partition = Math.floorMod(Murmur3_x86_32.hashInt(candidate, MURMUR_SEED), streams);
      if (!found[partition]) {
        found[partition] = true;
        places[partition] = candidate;
        missing--;
      }
    }
    return places;
  }
}
