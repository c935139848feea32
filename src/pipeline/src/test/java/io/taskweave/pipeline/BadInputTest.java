package io.taskweave.pipeline;

import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import io.taskweave.core.error.ExitCode;
import io.taskweave.core.error.TaskweaveException;
import io.taskweave.pipeline.dataset.DirectoryLock;
import io.taskweave.pipeline.feature.FieldPlan;
import io.taskweave.pipeline.importing.DuplicateRule;
import io.taskweave.pipeline.importing.ImportPlan;
import io.taskweave.pipeline.importing.TableFormat;
import io.taskweave.pipeline.split.SplitRule;
import io.taskweave.pipeline.validate.ValidationPlan;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What is wrong with the input or the configuration, and how the stages answer. */
class BadInputTest {
  @TempDir Path folder;

  @ParameterizedTest(name = "{0}")
  @MethodSource({"brokenFiles", "brokenRows", "brokenLogs", "brokenPlans", "brokenOutputs"})
  void badInputIsRefusedInWords(
      String what, ExitCode exitCode, Consumer<TinyPipeline> change, String message) {
    TinyPipeline pipeline = new TinyPipeline(folder);
    assertThatThrownBy(
            () -> {
              change.accept(pipeline);
              pipeline.run();
            })
        .as(what)
        .isInstanceOf(TaskweaveException.class)
        .hasMessageStartingWith("Cannot ")
        .hasMessageContaining(message)
        .extracting(failure -> ((TaskweaveException) failure).exitCode())
        .isEqualTo(exitCode);
  }

  static Stream<Arguments> brokenFiles() {
    return Stream.of(
        input("missing file", p -> p.log = p.log.resolveSibling("absent.csv"), "no such file"),
        input("empty folder", p -> p.log = emptyFolder(p), "the folder is empty"),
        input("empty file", p -> p.write("raw.csv", ""), "holds no rows, not even a header"),
        input("header alone", p -> p.write("raw.csv", TinyPipeline.HEADER), "it holds no rows"),
        input("truncated gzip", BadInputTest::truncateGzip, "truncated or corrupt"),
        input(
            "truncated Parquet",
            p -> {
              p.format = TableFormat.parquet();
              p.log = p.write("log.parquet", "PAR1 and no more");
            },
            "log.parquet"));
  }

  static Stream<Arguments> brokenRows() {
    return Stream.of(
        row("wrong type", "1,x9,1704067200000,1,1,0", "column item is not int (x9)"),
        row("fraction", "1,7,1704067200000,1,1.5,0", "column click is not int (1.5)"),
        row("int overflow", "3000000000,7,1704067200000,1,1,0", "user is not int (3000000000)"),
        row("too few columns", "1,7", "2 columns instead of 6"),
        row("too many columns", "1,7,1704067200000,1,1,0,9", "7 columns instead of 6"),
        row("line break in quotes", "1,7,1704067200000,\"1\n\",1,0", "a line break within quotes"),
        row("seconds", "1,7,1704067200,1,1,0", "looks like seconds, not milliseconds (1704067200)"),
        row("time before 1970", "1,7,-5,1,1,0", "before 1970 (-5)"),
        row("no time", "1,7,,1,1,0", "no event time (null)"),
        input(
            "milliseconds as seconds",
            p -> p.unit = ImportPlan.TimeUnit.SECONDS,
            "after the year 9999 (17040"),
        input("no day", p -> p.dayColumn = Optional.of("item"), "no valid day (7)"));
  }

  static Stream<Arguments> brokenLogs() {
    return Stream.of(
        input(
            "unknown column",
            p -> p.write("raw.csv", TinyPipeline.HEADER.replace("ms", "when") + TinyPipeline.ROWS),
            "no column ms (user, item, when, price, click, like)"),
        input(
            "unknown key column",
            p ->
                p.duplicates =
                    new DuplicateRule.ByKey(
                        List.of("user", "session"), DuplicateRule.Survivor.FIRST_TIME, ""),
            "no column session"),
        input(
            "unknown field",
            p -> p.fields = List.of(FieldPlan.categorical("genre").build()),
            "no such column (genre)"),
        row("label 2", "1,7,1704067200000,1,2,0", "task click is unusable in 1 rows (2 in sample"),
        input(
            "label 2, validated",
            p -> {
              p.validation = Optional.of(ValidationPlan.Mode.FAIL);
              p.write(
                  "raw.csv", TinyPipeline.HEADER + TinyPipeline.ROWS + "1,7,1704067200000,1,2,0\n");
            },
            "label click is neither 0 nor 1 in 1 rows"),
        input(
            "NaN feature",
            p -> {
              p.fields = List.of(FieldPlan.numeric("price").build());
              p.write(
                  "raw.csv",
                  TinyPipeline.HEADER + TinyPipeline.ROWS + "1,7,1704067200000,NaN,1,0\n");
            },
            "field price is unusable in 1 rows (NaN in sample"),
        input(
            "all labels of a task 0",
            p ->
                p.write(
                    "raw.csv", TinyPipeline.HEADER + TinyPipeline.ROWS.replaceAll("(?m)1$", "0")),
            "task like has no positive label in the training part (0 of 4 rows)"),
        input(
            "a part without rows",
            p -> p.split = new SplitRule.ByDate("dt", "2024-01-02", "2025-01-01"),
            "a part has no rows ({test=0, train=4, valid=2})"),
        input(
            "one user only",
            p ->
                p.write(
                    "raw.csv",
                    TinyPipeline.HEADER + TinyPipeline.ROWS.replaceAll("(?m)^[23],", "1,")),
            "one user only (1)"));
  }

  static Stream<Arguments> brokenPlans() {
    return Stream.of(
        arguments(
            "negative size",
            ExitCode.CONFIGURATION,
            change(p -> p.fields = List.of(FieldPlan.categorical("item").hashBuckets(-1).build())),
            "hash-buckets must not be negative (-1)"),
        arguments(
            "groups of a user split",
            ExitCode.CONFIGURATION,
            change(p -> p.split = new SplitRule.ByUser(0.3, 0.3, 1)),
            "the split is by user"),
        arguments(
            "swapped days",
            ExitCode.CONFIGURATION,
            change(p -> p.split = new SplitRule.ByDate("dt", "2024-01-03", "2024-01-02")),
            "valid-from is not before test-from"));
  }

  static Stream<Arguments> brokenOutputs() {
    return Stream.of(
        arguments(
            "output not writable",
            ExitCode.OUTPUT_CONFLICT,
            change(p -> p.logOutput = Path.of("/proc/taskweave")),
            "Cannot write to"),
        arguments(
            "output below a file",
            ExitCode.OUTPUT_CONFLICT,
            change(p -> p.logOutput = p.log.resolve("log")),
            "Cannot write to"),
        arguments(
            "output locked",
            ExitCode.OUTPUT_CONFLICT,
            change(
                p ->
                    DirectoryLock.acquire(
                        new org.apache.hadoop.fs.Path(p.logOutput.toString()),
                        new Configuration(),
                        "another")),
            "another process holds it"));
  }

  private static Arguments input(String what, Consumer<TinyPipeline> change, String message) {
    return arguments(what, ExitCode.INPUT_REJECTED, change, message);
  }

  private static Arguments row(String what, String row, String message) {
    return input(
        what,
        p -> p.write("raw.csv", TinyPipeline.HEADER + TinyPipeline.ROWS + row + "\n"),
        message);
  }

  private static Consumer<TinyPipeline> change(Consumer<TinyPipeline> change) {
    return change;
  }

  private static Path emptyFolder(TinyPipeline pipeline) {
    try {
      return Files.createDirectory(pipeline.log.resolveSibling("empty"));
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private static void truncateGzip(TinyPipeline pipeline) {
    try {
      ByteArrayOutputStream bytes = new ByteArrayOutputStream();
      try (GZIPOutputStream gzip = new GZIPOutputStream(bytes)) {
        StringBuilder text = new StringBuilder(TinyPipeline.HEADER);
        for (int row = 0; row < 5000; row++) {
          text.append(row).append(',').append(row * 31 % 977).append(",1704067200000,1,0,0\n");
        }
        gzip.write(text.toString().getBytes(StandardCharsets.UTF_8));
      }
      pipeline.log = pipeline.log.resolveSibling("raw.csv.gz");
      Files.write(pipeline.log, Arrays.copyOf(bytes.toByteArray(), bytes.size() / 2));
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
