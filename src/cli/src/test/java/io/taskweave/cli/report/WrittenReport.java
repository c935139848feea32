package io.taskweave.cli.report;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** A run's folder, the report on it, and how a report writes numbers. */
abstract class WrittenReport {
  /** Metrics by the names that a report gives them. */
  static final Map<String, String> TITLES =
      Map.of(
          "auc", "AUC",
          "gauc", "GAUC",
          "log_loss", "Log loss",
          "normalised_entropy", "Normalised entropy",
          "calibration", "Calibration");

  @TempDir Path folder;
  Path workspace;
  Path run;

  @BeforeEach
  void makeFolders() throws IOException {
    workspace = Files.createDirectories(folder.resolve("work"));
    run = Files.createDirectories(workspace.resolve("runs/stem"));
  }

  RunFixture fixture(String... tasks) throws IOException {
    RunFixture files = new RunFixture(workspace, run, List.of(tasks));
    files.write();
    return files;
  }

  String write() throws IOException {
    Report.write(
        new org.apache.hadoop.fs.Path(workspace.toUri()),
        new org.apache.hadoop.fs.Path(run.toUri()),
        new Configuration(false));
    return Files.readString(run.resolve("report.html"));
  }

  static String score(JsonNode value) {
    return String.format(Locale.ROOT, "%.4f", value.asDouble());
  }

  static String count(JsonNode value) {
    return count(value.asLong());
  }

  static String count(long value) {
    return String.format(Locale.ROOT, "%,d", value);
  }

  static String percent(double share) {
    return String.format(Locale.ROOT, "%.2f %%", 100 * share);
  }
}
