package io.taskweave.pipeline.dataset;

import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import org.apache.hadoop.fs.Path;

/**
 * A function of its inputs and settings that publishes one data set. It is skipped while code,
 * inputs and settings are those of the published manifest.
 */
public interface Stage {
  /** Short and stable, such as {@code import}. */
  String name();

  /** The folder of the data set that this stage alone writes. */
  Path output();

  /** Files, folders or data sets that it reads; all of them exist when it runs. */
  List<Path> inputs();

  /** Every setting that can change the output, and no other. */
  SortedMap<String, String> settings();

  /**
   * A class of each further module whose code makes the output, such as {@code engine} for scores;
   * this module counts in any case. A change there makes the output out of date.
   */
  default Set<Class<?>> code() {
    return Set.of();
  }

  /** Writes files below {@link StageContext#dataFolder} and describes them. */
  StageResult run(StageContext context);

  /**
   * Ends the run by an exception where what is published is a refusal of the input. Called whenever
   * the data set is up to date: after its commit, and when it is skipped.
   */
  default void accept(Manifest published) {}
}
