package io.taskweave.pipeline.analyse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.taskweave.core.correlation.LabelCounts;
import io.taskweave.core.error.ConfigurationException;
import io.taskweave.core.progress.Progress;
import io.taskweave.core.random.CounterRandom;
import io.taskweave.core.sample.SequenceOrder;
import io.taskweave.pipeline.LocalSpark;
import io.taskweave.pipeline.dataset.DataSet;
import io.taskweave.pipeline.dataset.Manifest;
import io.taskweave.pipeline.dataset.Stage;
import io.taskweave.pipeline.dataset.StageRunner;
import io.taskweave.pipeline.feature.FeaturePlan;
import io.taskweave.pipeline.feature.FeatureStage;
import io.taskweave.pipeline.feature.FieldPlan;
import io.taskweave.pipeline.feature.TaskPlan;
import io.taskweave.pipeline.history.HistoryPlan;
import io.taskweave.pipeline.history.HistoryPlan.AttributePlan;
import io.taskweave.pipeline.history.HistoryPlan.SequencePlan;
import io.taskweave.pipeline.history.HistoryPlan.SourcePlan;
import io.taskweave.pipeline.history.HistoryStage;
import io.taskweave.pipeline.importing.DuplicateRule;
import io.taskweave.pipeline.importing.ImportPlan;
import io.taskweave.pipeline.importing.LogImport;
import io.taskweave.pipeline.importing.TableColumn;
import io.taskweave.pipeline.importing.TableFormat;
import io.taskweave.pipeline.split.SplitRule;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CorrelationStageTest {
  private static final long START = 1_704_067_200_000L;
  private static final HistoryPlan HISTORIES =
      new HistoryPlan(
          List.of(
              new SequencePlan(
                  "log",
                  SequenceOrder.TIME,
                  Duration.ZERO,
                  8,
                  Optional.empty(),
                  List.of(AttributePlan.ofField("category", "category", "category")),
                  List.of(SourcePlan.log("user")))));

  @TempDir Path folder;

  @Test
  void theCellThatDecidesTheLabelStandsOut() throws IOException {
    // A click exactly where the last but one event was of the target's category.
    publish();
    Manifest manifest = run(plan("log", List.of("0", "1"), 3, List.of()));
    Dataset<Row> cells = DataSet.open(path("stc")).rows(LocalSpark.session());
    assertThat(cells.count()).isEqualTo(2 * 4 * 3);
    for (Row row : cells.where("target in ('0', '1')").collectAsList()) {
      boolean planted =
          row.<String>getAs("target").equals(row.getAs("behaviour"))
              && row.<Integer>getAs("column") == 2;
      LabelCounts counts =
          new LabelCounts(
              (double) row.<Long>getAs("positives_with"),
              (double) row.<Long>getAs("negatives_with"),
              (double) row.<Long>getAs("positives"),
              (double) row.<Long>getAs("negatives"));
      assertThat(row.<Double>getAs("bits")).isEqualTo(counts.mutualInformation());
      if (planted) {
        assertThat(row.<Double>getAs("bits")).isGreaterThan(0.7);
        assertThat(row.<Boolean>getAs("significant")).isTrue();
        assertThat(row.<Long>getAs("negatives_with")).isZero();
      } else {
        assertThat(row.<Double>getAs("bits")).isLessThan(0.25);
      }
      assertThat(row.<Double>getAs("bits_low")).isLessThanOrEqualTo(row.getAs("bits_high"));
    }
    JsonNode first = manifest.summary().get("targets").get(0);
    assertThat(first.get("target").asText()).isEqualTo("0");
    assertThat(first.get("behaviours")).hasSize(4);
    assertThat(first.get("behaviours").get(0).get("bits")).hasSize(3);
    assertThat(manifest.summary().get("column_names").toString()).isEqualTo("[1,2,3]");
  }

  @Test
  void unknownNamesAreRefused() throws IOException {
    publish();
    assertThatThrownBy(() -> run(plan("other", List.of(), 3, List.of())))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("there is no sequence of this name (other)");
    assertThatThrownBy(() -> run(plan("log", List.of("99"), 3, List.of())))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("no value in the training part of this name (99)");
    assertThatThrownBy(() -> plan("log", List.of(), 0, List.of()))
        .isInstanceOf(ConfigurationException.class)
        .hasMessageContaining("either positions or intervals");
  }

  private static CorrelationPlan plan(
      String sequence, List<String> targets, int positions, List<Duration> intervals) {
    return new CorrelationPlan(
        HISTORIES,
        sequence,
        "category",
        "click",
        targets,
        2,
        List.of(),
        4,
        positions,
        intervals,
        50,
        1);
  }

  private void publish() throws IOException {
    StringBuilder text = new StringBuilder("user,category,click,ms\n");
    int[] last = new int[10];
    int[] lastButOne = new int[10];
    for (int i = 0; i < 600; i++) {
      int user = i % 10;
      int category = (int) (4 * CounterRandom.uniform(9, i));
      int click = i >= 20 && lastButOne[user] == category ? 1 : 0;
      // Three days, of which the first has most.
      long day = i < 500 ? 0 : i < 550 ? 1 : 2;
      text.append(
          String.format("%d,%d,%d,%d%n", user, category, click, START + day * 86_400_000 + i));
      lastButOne[user] = last[user];
      last[user] = category;
    }
    Files.writeString(folder.resolve("raw.csv"), text);
    TableColumn.Type whole = TableColumn.Type.INT;
    run(
        new LogImport(
            new ImportPlan(
                folder.resolve("raw.csv").toString(),
                TableFormat.csv(
                    List.of(
                        new TableColumn("user", whole),
                        new TableColumn("category", whole),
                        new TableColumn("click", whole),
                        new TableColumn("ms", TableColumn.Type.LONG))),
                "ms",
                ImportPlan.TimeUnit.MILLISECONDS,
                ZoneOffset.UTC,
                Optional.empty(),
                "",
                new DuplicateRule.KeepAll(),
                List.of()),
            path("log")));
    run(
        new FeatureStage(
            FeaturePlan.of(
                "user",
                "category",
                List.of(FieldPlan.categorical("category").build()),
                List.of(new TaskPlan("click", "click")),
                new SplitRule.ByDate("dt", "2024-01-02", "2024-01-03")),
            path("log"),
            path("samples")));
    run(
        new HistoryStage(
            HISTORIES, path("log"), Optional.empty(), path("samples"), path("history")));
  }

  private Manifest run(CorrelationPlan plan) {
    return run(new CorrelationStage(plan, path("samples"), path("history"), path("stc")));
  }

  private static Manifest run(Stage stage) {
    return new StageRunner(LocalSpark.session(), Progress.NONE).run(stage, true).manifest();
  }

  private org.apache.hadoop.fs.Path path(String name) {
    return new org.apache.hadoop.fs.Path(folder.resolve(name).toString());
  }
}
