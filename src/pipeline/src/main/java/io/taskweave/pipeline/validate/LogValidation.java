package io.taskweave.pipeline.validate;

import io.taskweave.pipeline.dataset.DataSet;
import io.taskweave.pipeline.dataset.Stage;
import io.taskweave.pipeline.dataset.StageContext;
import io.taskweave.pipeline.dataset.StageResult;
import java.util.List;
import java.util.SortedMap;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** Checks a log against its contract and publishes the findings. */
public final class LogValidation implements Stage {
  static final String QUARANTINE = "quarantine";

  private final ValidationPlan plan;
  private final Path log;
  private final Path output;

  public LogValidation(ValidationPlan plan, Path log, Path output) {
    this.plan = plan;
    this.log = log;
    this.output = output;
  }

  /** The log without the rows that the validation has set apart. */
  public static Dataset<Row> validRows(SparkSession spark, Path log, Path validation) {
    Dataset<Row> rows = DataSet.open(log).rows(spark);
    DataSet findings = DataSet.open(validation);
    if (findings.manifest().schema().isEmpty()) {
      return rows;
    }
    return rows.join(
        findings.rows(spark, QUARANTINE).select("sample_id"),
        new String[] {"sample_id"},
        "left_anti");
  }

  @Override
  public String name() {
    return "validate";
  }

  @Override
  public Path output() {
    return output;
  }

  @Override
  public List<Path> inputs() {
    return List.of(log, new Path(plan.contract()));
  }

  @Override
  public SortedMap<String, String> settings() {
    throw new UnsupportedOperationException(plan.contract());
  }

  @Override
  public StageResult run(StageContext context) {
    throw new UnsupportedOperationException(plan.contract());
  }
}
