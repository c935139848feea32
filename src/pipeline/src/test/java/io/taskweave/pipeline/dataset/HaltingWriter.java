package io.taskweave.pipeline.dataset;

import io.taskweave.core.progress.Progress;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/** A process that dies in the middle of a stage. */
final class HaltingWriter {
  static final int STATUS = 9;

  private HaltingWriter() {}

  /**
   * @param arguments the output folder, and the moment of {@link FakeStage#pause} to die at
   */
  public static void main(String[] arguments) {
    FakeStage stage =
        new FakeStage(
            new Path(arguments[0]), Map.of("2024-01-01", "killed", "2024-01-02", "killed")) {
          @Override
          void pause(String moment) {
            if (moment.equals(arguments[1])) {
              Runtime.getRuntime().halt(STATUS);
            }
          }
        };
    new StageRunner(null, new Configuration(), Progress.NONE).run(stage, true);
  }
}
