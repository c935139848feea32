package io.taskweave.cli.command;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.taskweave.cli.configuration.ConfigurationLoader;
import io.taskweave.cli.configuration.PipelineConfiguration;
import io.taskweave.core.error.CheckpointException;
import io.taskweave.core.error.ConfigurationException;
import io.taskweave.core.format.ModelFile;
import io.taskweave.core.sample.SampleLayout;
import io.taskweave.core.sample.Sequence;
import io.taskweave.core.sample.SequenceAttribute;
import io.taskweave.engine.training.RunFiles;
import io.taskweave.engine.training.TrainingPlan;
import io.taskweave.engine.training.WarmStart;
import io.taskweave.pipeline.dataset.Fingerprint;
import io.taskweave.pipeline.feature.EarlierIds;
import io.taskweave.pipeline.feature.FeatureEncoder;
import io.taskweave.pipeline.history.HistoryLayout;
import io.taskweave.pipeline.history.HistoryPlan;
import java.io.IOException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.SparkSession;

/** The finished run whose best weights a training starts from. */
final class EarlierRun {
  private static final List<String> IDENTITY =
      List.of(
          "code_version", "input_fingerprint", "settings_hash", "best_epoch", "steps", "seconds");
  private static final int DIGITS = 12;

  private final RunFolder folder;
  private final String identity;

  private EarlierRun(RunFolder folder, String identity) {
    this.folder = folder;
    this.identity = identity;
  }

  /**
   * The run that a configuration names, if it names one.
   *
   * @param own folder of the run that is to be trained
   * @throws CheckpointException if the folder holds no finished run
   */
  static Optional<EarlierRun> of(
      PipelineConfiguration configuration, Path own, Configuration hadoop) {
    return configuration.training().warmStart().map(name -> open(name, own, hadoop));
  }

  private static EarlierRun open(String name, Path own, Configuration hadoop) {
    // A parsed URI that ends in a slash has no last name.
    Path path = new Path(name.replaceAll("(?<=.)/+$", ""));
    if (qualified(path, hadoop).equals(qualified(own, hadoop))) {
      throw new ConfigurationException(
          "Cannot start from "
              + path
              + ": training would remove it, set training.warm-start to another run's folder");
    }
    RunFolder folder = new RunFolder(path, hadoop);
    if (!folder.isFinished()) {
      throw new CheckpointException(
          "Cannot start from "
              + path
              + ": there is no finished run, set training.warm-start to the folder of one");
    }
    ObjectNode record = folder.record();
    StringBuilder text = new StringBuilder();
    IDENTITY.forEach(key -> text.append(record.path(key).asText()).append('\n'));
    String digits = Fingerprint.ofText(text.toString()).substring(0, DIGITS);
    return new EarlierRun(folder, path.getName() + " (" + digits + ")");
  }

  private static Path qualified(Path path, Configuration hadoop) {
    try {
      return path.getFileSystem(hadoop).makeQualified(path);
    } catch (IOException failure) {
      throw new CheckpointException(
          "Cannot use " + path + ": " + failure.getMessage() + ", check the path", failure);
    }
  }

  /** Its name and a part of a hash, which another run of the same name does not have. */
  String identity() {
    return identity;
  }

  /**
   * Its weights, for the ids of the samples at hand.
   *
   * @throws CheckpointException if it trained another model
   */
  WarmStart start(
      SparkSession spark,
      FeatureEncoder encoder,
      Optional<HistoryPlan> history,
      TrainingPlan plan) {
    Path best = RunFiles.best(folder.path());
    SortedMap<String, int[]> ids = EarlierIds.of(FeatureEncoder.open(best), encoder);
    history.ifPresent(sequences -> ids.putAll(ownIds(sequences, plan.layout())));
    return WarmStart.from(spark, identity, best, new ModelFile(plan.model(), plan.layout()), ids);
  }

  /** Ids of histories that no field has; they stand for the same or the run is refused. */
  private SortedMap<String, int[]> ownIds(HistoryPlan now, SampleLayout layout) {
    SortedMap<String, List<String>> before =
        new ConfigurationLoader(Map.of())
            .ofResolved(folder.text(RunFolder.RESOLVED))
            .history()
            .plan()
            .map(HistoryLayout::ownTables)
            .orElseGet(TreeMap::new);
    SortedMap<String, List<String>> after = HistoryLayout.ownTables(now);
    after.forEach(
        (table, values) -> {
          if (!values.equals(before.get(table))) {
            throw new CheckpointException(
                "Cannot start from "
                    + identity
                    + ": the ids of table "
                    + table
                    + " stand for something else ("
                    + before.get(table)
                    + " there, "
                    + values
                    + " here), start from a run with the same histories or drop"
                    + " training.warm-start");
          }
        });
    SortedMap<String, int[]> ids = new TreeMap<>();
    for (Sequence sequence : layout.sequences()) {
      for (SequenceAttribute attribute : sequence.attributes()) {
        if (after.containsKey(attribute.table())) {
          ids.put(attribute.table(), IntStream.range(0, attribute.tableRows()).toArray());
        }
      }
    }
    return ids;
  }
}
