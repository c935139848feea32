package io.taskweave.engine.sharded;

import io.taskweave.core.format.SafetensorsReader;
import io.taskweave.core.format.SafetensorsWriter;
import io.taskweave.core.format.Tensor;
import io.taskweave.engine.training.RunFiles;
import java.io.BufferedInputStream;
import java.io.Closeable;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * The rows of each executor in a file of its own, in the model's order of tables and by id within
 * one, for one executor to put whole tables together as it reads all files side by side.
 */
final class WeightParts implements WeightExport.Tables, Closeable {
  private final ExecutorState state;
  private final long[] ownerKeys;
  private final List<SafetensorsReader> parts = new ArrayList<>();

  private WeightParts(ExecutorState state) {
    this.state = state;
    this.ownerKeys =
        state.tables().stream().mapToLong(layout -> Owner.key(layout.table())).toArray();
  }

  private static Path part(Path file, int executor) {
    return new Path(file.getParent(), "_" + executor + "-" + file.getName());
  }

  /** Views in the order in which the whole file needs them. */
  private interface Views {
    void visit(int table, int view) throws IOException;
  }

  private static void forEachView(ExecutorState state, Views views) throws IOException {
    for (int i = 0; i < state.denseLayout().model().count(); i++) {
      for (int table = 0; table < state.tables().size(); table++) {
        for (int view = 0; view < state.tables().get(table).views(); view++) {
          if (state.tables().get(table).parameterIndex(view) == i) {
            views.visit(table, view);
          }
        }
      }
    }
  }

  private static String name(RowLayout layout, int view) {
    return layout.parameter(view).name();
  }

  /**
   * Writes an executor's own rows.
   *
   * @param file that all shall be put together in
   */
  static void write(Configuration hadoop, Path file, ExecutorState state) throws IOException {
    RowReader reader = new RowReader(state);
    List<Tensor> tensors = new ArrayList<>();
    int[] owned = new int[state.tables().size()];
    for (int table = 0; table < owned.length; table++) {
      for (int id = 0; id < state.tables().get(table).tableRows(); id++) {
        owned[table] += reader.owns(table, id) ? 1 : 0;
      }
    }
    forEachView(
        state,
        (table, view) -> {
          RowLayout layout = state.tables().get(table);
          tensors.add(Tensor.floats(name(layout, view), owned[table], layout.width(view)));
        });
    RunFiles.writeTensors(
        hadoop,
        part(file, state.executor()),
        tensors,
        writer ->
            forEachView(
                state,
                (table, view) -> {
                  RowLayout layout = state.tables().get(table);
                  for (int id = 0; id < layout.tableRows(); id++) {
                    if (reader.owns(table, id)) {
                      float[] row = reader.read(table, id);
                      writer.write(row, layout.weightOffset(view), layout.width(view));
                    }
                  }
                }));
  }

  /** Puts all executors' files together and removes them. */
  static void merge(Configuration hadoop, Path file, ExecutorState state) throws IOException {
    FileSystem files = file.getFileSystem(hadoop);
    int executors = state.plan().executors();
    try (WeightParts parts = new WeightParts(state)) {
      for (int executor = 0; executor < executors; executor++) {
        parts.parts.add(
            new SafetensorsReader(new BufferedInputStream(files.open(part(file, executor)))));
      }
      WeightExport export = new WeightExport(state, parts);
      RunFiles.writeTensors(hadoop, file, export.tensors(), export::write);
    }
    for (int executor = 0; executor < executors; executor++) {
      files.delete(part(file, executor), false);
    }
  }

  @Override
  public void write(int table, int view, SafetensorsWriter writer) throws IOException {
    RowLayout layout = state.tables().get(table);
    for (SafetensorsReader part : parts) {
      Tensor next = part.next();
      if (next == null || !next.name().equals(name(layout, view))) {
        throw new IOException(
            "Cannot put weights together: " + next + " where " + name(layout, view) + " belongs");
      }
    }
    float[] row = new float[layout.width(view)];
    for (int id = 0; id < layout.tableRows(); id++) {
      int shard = Owner.of(ownerKeys[table], id, state.plan().shards());
      parts.get(shard / state.plan().cores()).read(row, 0, row.length);
      writer.write(row, 0, row.length);
    }
  }

  @Override
  public void close() throws IOException {
    for (SafetensorsReader part : parts) {
      part.close();
    }
  }
}
