package io.taskweave.pipeline.importing;

import io.taskweave.pipeline.dataset.Stage;
import io.taskweave.pipeline.dataset.StageContext;
import io.taskweave.pipeline.dataset.StageResult;
import java.util.List;
import java.util.SortedMap;
import org.apache.hadoop.fs.Path;

/** Reads a raw log and publishes it as the log. */
public final class LogImport implements Stage {
  private final ImportPlan plan;
  private final Path output;

  public LogImport(ImportPlan plan, Path output) {
    this.plan = plan;
    this.output = output;
  }

  @Override
  public String name() {
    return "import";
  }

  @Override
  public Path output() {
    return output;
  }

  @Override
  public List<Path> inputs() {
    throw new UnsupportedOperationException(plan.path());
  }

  @Override
  public SortedMap<String, String> settings() {
    throw new UnsupportedOperationException(plan.path());
  }

  @Override
  public StageResult run(StageContext context) {
    throw new UnsupportedOperationException(plan.path());
  }
}
