package io.taskweave.pipeline.validate;

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
    throw new UnsupportedOperationException(spark + " " + log + validation);
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
