package io.taskweave.cli.command;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.taskweave.core.sample.SampleColumns;
import io.taskweave.engine.scoring.Scorer;
import io.taskweave.pipeline.dataset.Stage;
import io.taskweave.pipeline.dataset.StageContext;
import io.taskweave.pipeline.dataset.StageResult;
import io.taskweave.pipeline.feature.FeatureStage;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;

/** Scores splits of the samples with a run's best weights and publishes the predictions. */
final class ScoringStage implements Stage {
  private final Path samples;
  private final Path run;
  private final List<String> splits;

  ScoringStage(Path samples, Path run, List<String> splits) {
    this.samples = samples;
    this.run = run;
    this.splits = List.copyOf(splits);
  }

  @Override
  public String name() {
    return "score";
  }

  @Override
  public Path output() {
    return new Path(run, "predictions");
  }

  @Override
  public List<Path> inputs() {
    return List.of(samples, best());
  }

  @Override
  public SortedMap<String, String> settings() {
    return new TreeMap<>(java.util.Map.of("splits", String.join(",", splits)));
  }

  @Override
  public StageResult run(StageContext context) {
    Dataset<Row> rows =
        FeatureStage.samples(context.spark(), samples)
            .where(functions.col(SampleColumns.SPLIT).isin(splits.toArray()));
    return context.writeRows(
        Scorer.score(context.spark(), best(), rows),
        List.of(SampleColumns.SPLIT),
        JsonNodeFactory.instance.objectNode());
  }

  private Path best() {
    return new Path(run, "best");
  }
}
