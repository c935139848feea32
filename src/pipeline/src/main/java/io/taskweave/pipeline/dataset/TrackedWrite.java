package io.taskweave.pipeline.dataset;

import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.internal.io.FileCommitProtocol$;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.execution.SparkPlan;
import org.apache.spark.sql.execution.datasources.FileFormatWriter$;
import org.apache.spark.sql.execution.datasources.FileFormatWriter.OutputSpec;
import org.apache.spark.sql.execution.datasources.WriteJobStatsTracker;
import org.apache.spark.sql.execution.datasources.parquet.ParquetFileFormat;
import scala.Option;
import scala.collection.JavaConverters;
import scala.collection.Seq;
import scala.collection.immutable.Map$;

/**
 * Writes rows as Parquet and describes them as they pass. It calls what a {@code DataFrameWriter}
 * calls, which counts rows and bytes but takes no tracker of ours.
 */
public final class TrackedWrite {
  private TrackedWrite() {}

  /**
   * Writes rows into a folder of which nobody else writes.
   *
   * @param partitionColumns number of last columns that become folders, the day first
   * @param further trackers that are shown the rows too
   * @return the content by day; "" where there is none
   */
  public static SortedMap<String, PartitionContent> write(
      Dataset<Row> rows,
      int partitionColumns,
      Path folder,
      Configuration configuration,
      WriteJobStatsTracker... further) {
    // As they will be read: anything may be null.
    ContentTracker content = new ContentTracker(rows.schema().asNullable());
    List<WriteJobStatsTracker> trackers = new ArrayList<>(List.of(further));
    trackers.add(content);
    SparkSession spark = rows.sparkSession();
    SparkPlan plan = rows.queryExecution().executedPlan();
    Seq<Attribute> columns = plan.output();
    FileFormatWriter$.MODULE$.write(
        spark,
        plan,
        new ParquetFileFormat(),
        FileCommitProtocol$.MODULE$.instantiate(
            spark.sessionState().conf().fileCommitProtocolClass(),
            UUID.randomUUID().toString(),
            folder.toString(),
            false),
        new OutputSpec(folder.toString(), Map$.MODULE$.empty(), columns),
        configuration,
        columns.takeRight(partitionColumns).toSeq(),
        Option.empty(),
        JavaConverters.asScalaBuffer(trackers).toSeq(),
        Map$.MODULE$.empty(),
        0);
    return content.content();
  }
}
