package io.taskweave.pipeline.dataset;

import io.taskweave.core.error.InputRejectedException;
import io.taskweave.core.error.OutputConflictException;
import io.taskweave.core.progress.Progress;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.SparkSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs stages and publishes what they write; the one place where data sets are committed. */
public final class StageRunner {
  private static final Logger LOG = LoggerFactory.getLogger(StageRunner.class);

  private final SparkSession spark;
  private final Configuration configuration;
  private final Progress progress;

  public StageRunner(SparkSession spark, Progress progress) {
    this(spark, spark.sessionState().newHadoopConf(), progress);
  }

  StageRunner(SparkSession spark, Configuration configuration, Progress progress) {
    this.spark = spark;
    this.configuration = configuration;
    this.progress = progress;
  }

  /**
   * What became of a stage.
   *
   * @param skipped the published data set is up to date and nothing ran
   * @param seconds time taken
   */
  public record Outcome(Manifest manifest, boolean skipped, double seconds) {}

  /**
   * Runs a stage unless its data set is up to date: same code, inputs and settings, all files
   * there.
   *
   * @param force run it in any case
   * @throws InputRejectedException if an input is missing, or refused by what was published of it
   * @throws OutputConflictException if the output is locked, not writable or not a data set
   */
  public Outcome run(Stage stage, boolean force) {
    long start = System.nanoTime();
    List<StageInput> inputs = inputsOf(stage);
    SortedMap<String, String> settings = new TreeMap<>(stage.settings());
    if (!force) {
      Optional<Manifest> current = Manifest.find(stage.output(), configuration);
      if (current.isPresent() && isUpToDate(stage, current.get(), inputs, settings)) {
        stage.accept(current.get());
        return new Outcome(current.get(), true, secondsSince(start));
      }
    }
    Manifest manifest = runAndCommit(stage, inputs, settings, force);
    stage.accept(manifest);
    return new Outcome(manifest, false, secondsSince(start));
  }

  private Manifest runAndCommit(
      Stage stage, List<StageInput> inputs, SortedMap<String, String> settings, boolean force) {
    Path output = stage.output();
    String attempt = UUID.randomUUID().toString();
    AttemptFolder folder = new AttemptFolder(output, attempt, configuration);
    folder.verifyReplaceable();
    try (DirectoryLock lock = DirectoryLock.acquire(output, configuration, attempt)) {
      Optional<Manifest> previous = previous(output, force);
      boolean committed = false;
      try {
        folder.create();
        StageResult result =
            result(
                stage, new StageContext(spark, configuration, folder.path(), previous, progress));
        Manifest manifest = describe(stage, inputs, settings, result, folder.files(), previous);
        lock.verifyHeld();
        manifest.publish(output, configuration);
        committed = true;
        cleanUp(() -> folder.removeUnlisted(manifest), output);
        return manifest;
      } finally {
        if (!committed) {
          cleanUp(folder::remove, output);
        }
      }
    } catch (IOException failure) {
      throw new OutputConflictException(
          "Cannot write to " + output + ": " + failure.getMessage() + ", check the folder",
          failure);
    }
  }

  private static StageResult result(Stage stage, StageContext context) {
    try {
      return stage.run(context);
    } catch (Exception failure) {
      // Spark throws checked exceptions of Scala code undeclared, hence the wide catch.
      TaskFailure.throwRefusal(failure);
      throw failure;
    }
  }

  /** Removes something by the way. */
  private interface Removal {
    void run() throws IOException;
  }

  /** What a removal leaves behind no manifest lists, and the next run removes it. */
  private static void cleanUp(Removal removal, Path output) {
    try {
      removal.run();
    } catch (IOException failure) {
      LOG.warn("Cannot remove unused files of {}: {}", output, failure.getMessage());
    }
  }

  private static Manifest describe(
      Stage stage,
      List<StageInput> inputs,
      SortedMap<String, String> settings,
      StageResult result,
      List<DataFile> written,
      Optional<Manifest> previous) {
    TreeMap<String, PartitionContent> content = new TreeMap<>();
    List<DataFile> files = new ArrayList<>();
    if (!result.replacedPartitions().isEmpty() && previous.isPresent()) {
      content.putAll(previous.get().contentByPartition());
      content.keySet().removeAll(result.replacedPartitions());
      previous.get().files().stream()
          .filter(file -> !result.replacedPartitions().contains(file.partition()))
          .forEach(files::add);
    }
    content.putAll(result.contentByPartition());
    files.addAll(written);
    return new Manifest(
        Manifest.FORMAT_VERSION,
        stage.name(),
        CodeVersion.of(stage),
        inputs,
        hash(settings),
        settings,
        content.values().stream().mapToLong(PartitionContent::rows).sum(),
        content,
        result.schema(),
        PartitionContent.combined(content.values()),
        files,
        result.summary());
  }

  private boolean isUpToDate(
      Stage stage, Manifest manifest, List<StageInput> inputs, SortedMap<String, String> settings) {
    return manifest.codeVersion().equals(CodeVersion.of(stage))
        && manifest.stage().equals(stage.name())
        && fingerprints(manifest.inputs()).equals(fingerprints(inputs))
        && manifest.settingsHash().equals(hash(settings))
        && new DataSet(stage.output(), manifest, configuration).isComplete();
  }

  /** What was read counts, not how its path was spelt. */
  private static List<String> fingerprints(List<StageInput> inputs) {
    return inputs.stream().map(StageInput::fingerprint).toList();
  }

  private Optional<Manifest> previous(Path output, boolean force) {
    try {
      return Manifest.find(output, configuration);
    } catch (InputRejectedException corrupt) {
      if (force) {
        return Optional.empty();
      }
      throw corrupt;
    }
  }

  private List<StageInput> inputsOf(Stage stage) {
    return stage.inputs().stream()
        .map(path -> new StageInput(path.toString(), Fingerprint.of(path, configuration)))
        .toList();
  }

  private static String hash(SortedMap<String, String> settings) {
    StringBuilder text = new StringBuilder();
    settings.forEach(
        (key, value) ->
            text.append(key.length())
                .append(':')
                .append(key)
                .append(value.length())
                .append(':')
                .append(value));
    return Fingerprint.ofText(text.toString());
  }

  private static double secondsSince(long start) {
    return (System.nanoTime() - start) / 1e9;
  }
}
