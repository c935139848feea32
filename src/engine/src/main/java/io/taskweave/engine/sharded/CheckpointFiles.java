package io.taskweave.engine.sharded;

import io.taskweave.engine.training.RunFile;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.OutputStream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/** The files of a checkpoint, one an executor. */
final class CheckpointFiles {
  private CheckpointFiles() {}

  static void write(Configuration hadoop, Path folder, int partition, ExecutorState state)
      throws IOException {
    Path file = new Path(folder, ShardFile.name(partition));
    OutputStream output = file.getFileSystem(hadoop).create(file, true);
    ShardFile.write(state, output);
  }

  /**
   * The state that a checkpoint describes, or this executor's part of it.
   *
   * @param files executors that wrote the checkpoint
   */
  static ExecutorState read(Configuration hadoop, Path folder, int files, ShardedPlan plan) {
    ShardFile.Header header =
        RunFile.read(hadoop, new Path(folder, ShardFile.name(0)), ShardFile.Header::read);
    ExecutorState state = new ExecutorState(plan, header.rates(), header.steps());
    for (int part = 0; part < files; part++) {
      RunFile.read(
          hadoop,
          new Path(folder, ShardFile.name(part)),
          input -> {
            ShardFile.read(new BufferedInputStream(input), state);
            return state;
          });
    }
    return state;
  }
}
