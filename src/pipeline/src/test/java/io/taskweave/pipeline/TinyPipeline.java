package io.taskweave.pipeline;

import io.taskweave.core.progress.Progress;
import io.taskweave.pipeline.dataset.DataSet;
import io.taskweave.pipeline.dataset.Manifest;
import io.taskweave.pipeline.dataset.Stage;
import io.taskweave.pipeline.dataset.StageRunner;
import io.taskweave.pipeline.feature.FeaturePlan;
import io.taskweave.pipeline.feature.FeatureStage;
import io.taskweave.pipeline.feature.FieldPlan;
import io.taskweave.pipeline.feature.TaskPlan;
import io.taskweave.pipeline.group.GroupPlan;
import io.taskweave.pipeline.group.GroupStage;
import io.taskweave.pipeline.importing.DuplicateRule;
import io.taskweave.pipeline.importing.ImportPlan;
import io.taskweave.pipeline.importing.LogImport;
import io.taskweave.pipeline.importing.TableColumn;
import io.taskweave.pipeline.importing.TableFormat;
import io.taskweave.pipeline.split.SplitRule;
import io.taskweave.pipeline.split.SplitStage;
import io.taskweave.pipeline.validate.LogValidation;
import io.taskweave.pipeline.validate.ValidationPlan;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** All data stages over a tiny log; a test changes what it is about. */
public final class TinyPipeline {
  public static final String HEADER = "user,item,ms,price,click,like\n";

  /** Three days, of which each is a part of the split; users 1 to 3. */
  public static final String ROWS =
      """
      1,7,1704067200000,1.5,1,0
      1,8,1704067201000,2.5,0,0
      2,7,1704067202000,3.5,0,1
      3,9,1704067203000,4.5,1,0
      2,7,1704153600000,1.5,1,0
      3,7,1704240000000,2.5,0,1
      """;

  public Path log;
  public TableFormat format =
      TableFormat.csv(
          List.of(
              new TableColumn("user", TableColumn.Type.INT),
              new TableColumn("item", TableColumn.Type.INT),
              new TableColumn("ms", TableColumn.Type.LONG),
              new TableColumn("price", TableColumn.Type.DOUBLE),
              new TableColumn("click", TableColumn.Type.INT),
              new TableColumn("like", TableColumn.Type.INT)));
  public ImportPlan.TimeUnit unit = ImportPlan.TimeUnit.MILLISECONDS;
  public Optional<String> dayColumn = Optional.empty();
  public DuplicateRule duplicates = new DuplicateRule.KeepAll();
  public Optional<ValidationPlan.Mode> validation = Optional.empty();
  public SplitRule split = new SplitRule.ByDate("dt", "2024-01-02", "2024-01-03");
  public List<FieldPlan> fields = List.of(FieldPlan.categorical("item").build());
  public GroupPlan groups =
      new GroupPlan(List.of("click", "like"), 1.5, false, GroupPlan.Method.LOG_RATIO, List.of(2.0));

  /** Where the log is published. */
  public Path logOutput;

  private final Path folder;

  public TinyPipeline(Path folder) {
    this.folder = folder;
    log = write("raw.csv", HEADER + ROWS);
    logOutput = folder.resolve("log");
  }

  public Path write(String name, String text) {
    try {
      return Files.writeString(folder.resolve(name), text);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /** Runs what is not up to date and returns the names of the stages that ran. */
  public List<String> run() {
    StageRunner runner = new StageRunner(LocalSpark.session(), Progress.NONE);
    List<String> ran = new ArrayList<>();
    for (Stage stage : stages()) {
      if (!runner.run(stage, false).skipped()) {
        ran.add(stage.name());
      }
    }
    return ran;
  }

  /** Imports anew and returns what was published. */
  public Dataset<Row> imported() {
    runImport();
    return DataSet.open(path(logOutput)).rows(LocalSpark.session());
  }

  public Manifest runImport() {
    return new StageRunner(LocalSpark.session(), Progress.NONE).run(importing(), true).manifest();
  }

  public Stage importing() {
    return new LogImport(
        new ImportPlan(
            log.toString(),
            format,
            "ms",
            unit,
            ZoneId.of("UTC"),
            dayColumn,
            "yyyyMMdd",
            duplicates,
            List.of()),
        path(logOutput));
  }

  private List<Stage> stages() {
    List<Stage> stages = new ArrayList<>(List.of(importing()));
    validation.ifPresent(mode -> stages.add(validation(mode)));
    stages.add(new SplitStage(split, "user", path(logOutput), output("split")));
    FeaturePlan plan =
        FeaturePlan.of(
            "user",
            "item",
            fields,
            List.of(new TaskPlan("click", "click"), new TaskPlan("like", "like")),
            split);
    stages.add(
        validation.isPresent()
            ? new FeatureStage(plan, path(logOutput), output("validation"), output("samples"))
            : new FeatureStage(plan, path(logOutput), output("samples")));
    stages.add(new GroupStage(output("samples"), output("groups"), groups, split.separatesUsers()));
    return stages;
  }

  private Stage validation(ValidationPlan.Mode mode) {
    Path contract = folder.resolve("contract.yaml");
    if (!Files.exists(contract)) {
      write(
          "contract.yaml",
          """
          apiVersion: v3.1.0
          kind: DataContract
          id: tiny
          version: 1.0.0
          status: active
          schema:
            - name: log
              properties:
                - name: user
          """);
    }
    return new LogValidation(
        new ValidationPlan(
            contract.toString(),
            mode,
            0,
            ValidationPlan.DEFAULT_DAY_TOLERANCE,
            ZoneOffset.UTC,
            5,
            List.of("click", "like"),
            List.of("item")),
        path(logOutput),
        output("validation"));
  }

  private org.apache.hadoop.fs.Path output(String name) {
    return path(folder.resolve(name));
  }

  private static org.apache.hadoop.fs.Path path(Path path) {
    return new org.apache.hadoop.fs.Path(path.toString());
  }
}
