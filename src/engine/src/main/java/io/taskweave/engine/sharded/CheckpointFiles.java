package io.taskweave.engine.sharded;

import io.taskweave.core.error.CheckpointException;
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
   * The state that a checkpoint describes, or an executor's part of it.
   *
   * @param files executors that wrote the checkpoint
   */
  static ExecutorState read(
      Configuration hadoop,
      Path folder,
      int files,
      ShardedPlan plan,
      String training,
      int executor) {
    ShardFile.Header header =
        RunFile.read(hadoop, new Path(folder, ShardFile.name(0)), ShardFile.Header::read);
    ExecutorState state =
        new ExecutorState(plan, training, executor, header.rates(), header.steps());
    int dense = 0;
    for (int part = 0; part < files; part++) {
      DenseSlice slice =
          RunFile.read(
              hadoop,
              new Path(folder, ShardFile.name(part)),
              input -> ShardFile.read(new BufferedInputStream(input), state));
      dense += slice.shared() + slice.single();
    }
    if (dense != state.denseLayout().size()) {
      throw new CheckpointException(
          "Cannot resume from "
              + folder
              + ": its files hold "
              + dense
              + " dense weights of "
              + state.denseLayout().size()
              + ", go back to an earlier checkpoint");
    }
    return state;
  }
}
