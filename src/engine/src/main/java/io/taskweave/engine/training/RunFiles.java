package io.taskweave.engine.training;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.taskweave.core.error.CheckpointException;
import io.taskweave.core.format.ModelFile;
import io.taskweave.core.format.SafetensorsReader;
import io.taskweave.core.format.SafetensorsWriter;
import io.taskweave.core.format.Tensor;
import io.taskweave.core.parameter.ParameterLayout;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/** The files of a run that training reads and writes. */
public final class RunFiles {
  public static final String WEIGHTS = "weights.safetensors";
  public static final String MODEL = "model.json";
  private static final String STATE = "state.json";
  private static final String STEP = "step=";
  private static final JsonMapper JSON =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_MISSING_CREATOR_PROPERTIES)
          .enable(DeserializationFeature.FAIL_ON_NULL_FOR_PRIMITIVES)
          .build();

  private RunFiles() {}

  private static Path checkpoints(Path run) {
    return new Path(run, "checkpoints");
  }

  static Path checkpoint(Path run, long step) {
    return new Path(checkpoints(run), STEP + step);
  }

  public static Path best(Path run) {
    return new Path(run, "best");
  }

  /** Weights of a task's own best epoch. */
  static Path best(Path run, String task) {
    return ofTask(best(run), task);
  }

  /**
   * Weights of a task's own best epoch.
   *
   * @param best folder of a run's best weights
   */
  public static Path ofTask(Path best, String task) {
    return new Path(best, "task-" + task + ".safetensors");
  }

  /** Writes the content of announced tensors. */
  public interface TensorSource {
    void writeTo(SafetensorsWriter writer) throws IOException;
  }

  /** Writes a file of tensors, which appears under its name once it is complete. */
  public static void writeTensors(
      Configuration hadoop, Path file, List<Tensor> tensors, TensorSource source)
      throws IOException {
    Path temporary = new Path(file.getParent(), "_" + file.getName());
    FileSystem files = file.getFileSystem(hadoop);
    try (SafetensorsWriter writer =
        new SafetensorsWriter(files.create(temporary, true), tensors, new TreeMap<>())) {
      source.writeTo(writer);
    }
    replace(files, temporary, file);
  }

  /**
   * Reads weights by name into a flat array.
   *
   * @throws CheckpointException if the file is missing or cut off, or if a tensor is missing,
   *     unknown or of another shape
   */
  public static float[] readWeights(Configuration hadoop, Path file, ParameterLayout layout) {
    return RunFile.read(hadoop, file, input -> weights(new SafetensorsReader(input), layout));
  }

  private static float[] weights(SafetensorsReader reader, ParameterLayout layout)
      throws IOException {
    float[] values = new float[layout.size()];
    boolean[] seen = new boolean[layout.count()];
    for (Tensor tensor = reader.next(); tensor != null; tensor = reader.next()) {
      int index;
      try {
        index = layout.indexOf(tensor.name());
      } catch (IllegalArgumentException e) {
        throw foreign("tensor " + tensor.name() + " is not of this model", e);
      }
      int[] shape = layout.get(index).shape();
      if (!tensor.equals(Tensor.floats(tensor.name(), shape))) {
        throw foreign(tensor + " has another shape than " + layout.get(index), null);
      }
      reader.read(values, layout.offset(index), layout.get(index).size());
      seen[index] = true;
    }
    for (int i = 0; i < seen.length; i++) {
      if (!seen[i]) {
        throw foreign("tensor " + layout.get(i).name() + " is missing", null);
      }
    }
    return values;
  }

  private static CheckpointException foreign(String reason, Throwable cause) {
    return new CheckpointException(reason + ", so it belongs to another model", cause);
  }

  public static void writeModel(Configuration hadoop, Path folder, ModelFile model)
      throws IOException {
    Path file = new Path(folder, MODEL);
    try (OutputStream output = file.getFileSystem(hadoop).create(file, true)) {
      model.write(output);
    }
  }

  /**
   * Reads the model's description of a folder.
   *
   * @throws CheckpointException if it is missing or not one
   */
  public static ModelFile readModel(Configuration hadoop, Path folder) {
    return RunFile.read(hadoop, new Path(folder, MODEL), ModelFile::read);
  }

  /** Writes what completes a checkpoint; without it the folder does not count. */
  static void writeState(Configuration hadoop, Path checkpoint, LoopState state)
      throws IOException {
    FileSystem files = checkpoint.getFileSystem(hadoop);
    Path temporary = new Path(checkpoint, "_" + STATE);
    try (OutputStream output = files.create(temporary, true)) {
      output.write(JSON.writerWithDefaultPrettyPrinter().writeValueAsBytes(state));
    }
    replace(files, temporary, new Path(checkpoint, STATE));
  }

  static LoopState readState(Configuration hadoop, Path checkpoint) {
    Path file = new Path(checkpoint, STATE);
    LoopState state = RunFile.read(hadoop, file, input -> JSON.readValue(input, LoopState.class));
    if (state.formatVersion() != LoopState.FORMAT_VERSION) {
      throw RunFile.unusable(file, "unknown format version " + state.formatVersion(), null);
    }
    return state;
  }

  static Optional<Path> latest(Configuration hadoop, Path run) throws IOException {
    List<Path> complete = complete(hadoop, run);
    return complete.isEmpty() ? Optional.empty() : Optional.of(complete.get(complete.size() - 1));
  }

  /** Removes what an earlier training left: nobody shall resume from it, or score with it. */
  public static void clear(Configuration hadoop, Path run) throws IOException {
    FileSystem files = run.getFileSystem(hadoop);
    files.delete(checkpoints(run), true);
    files.delete(best(run), true);
  }

  private static List<Path> complete(Configuration hadoop, Path run) throws IOException {
    Path folder = checkpoints(run);
    FileSystem files = folder.getFileSystem(hadoop);
    List<Path> complete = new ArrayList<>();
    if (files.exists(folder)) {
      for (FileStatus status : files.listStatus(folder)) {
        if (status.getPath().getName().matches(STEP + "\\d{1,18}")
            && files.exists(new Path(status.getPath(), STATE))) {
          complete.add(status.getPath());
        }
      }
    }
    complete.sort(
        Comparator.comparingLong(path -> Long.parseLong(path.getName().substring(STEP.length()))));
    return complete;
  }

  /** Removes all checkpoints but the last complete ones. */
  static void keep(Configuration hadoop, Path run, int count) throws IOException {
    List<Path> complete = complete(hadoop, run);
    Set<Path> kept =
        Set.copyOf(complete.subList(Math.max(0, complete.size() - count), complete.size()));
    FileSystem files = run.getFileSystem(hadoop);
    for (FileStatus status : files.listStatus(checkpoints(run))) {
      if (!kept.contains(status.getPath())) {
        files.delete(status.getPath(), true);
      }
    }
  }

  private static void replace(FileSystem files, Path temporary, Path target) throws IOException {
    files.delete(target, false);
    if (!files.rename(temporary, target)) {
      throw new IOException("Cannot write " + target + ": rename of " + temporary + " failed");
    }
  }
}
