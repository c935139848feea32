package io.taskweave.engine.training;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.taskweave.core.error.CheckpointException;
import io.taskweave.core.format.ModelFile;
import io.taskweave.core.format.SafetensorsReader;
import io.taskweave.core.format.SafetensorsWriter;
import io.taskweave.core.format.Tensor;
import io.taskweave.core.parameter.ParameterLayout;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
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
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private RunFiles() {}

  static Path checkpoint(Path run, long step) {
    return new Path(new Path(run, "checkpoints"), STEP + step);
  }

  static Path optimizer(Path checkpoint, int partition) {
    return new Path(checkpoint, "optimizer-" + partition + ".safetensors");
  }

  static void writeWeights(Configuration hadoop, Path file, ParameterLayout layout, float[] values)
      throws IOException {
    List<Tensor> tensors =
        layout.parameters().stream()
            .map(parameter -> Tensor.floats(parameter.name(), parameter.shape()))
            .toList();
    Path temporary = new Path(file.getParent(), "_" + file.getName());
    FileSystem files = file.getFileSystem(hadoop);
    try (SafetensorsWriter writer =
        new SafetensorsWriter(files.create(temporary, true), tensors, new TreeMap<>())) {
      for (int i = 0; i < layout.count(); i++) {
        writer.write(values, layout.offset(i), layout.get(i).size());
      }
    }
    replace(files, temporary, file);
  }

  /**
   * Reads weights by name into a flat array.
   *
   * @throws CheckpointException if a tensor is missing, unknown or of another shape
   */
  public static float[] readWeights(Configuration hadoop, Path file, ParameterLayout layout)
      throws IOException {
    float[] values = new float[layout.size()];
    boolean[] seen = new boolean[layout.count()];
    try (SafetensorsReader reader = new SafetensorsReader(file.getFileSystem(hadoop).open(file))) {
      for (Tensor tensor = reader.next(); tensor != null; tensor = reader.next()) {
        int index;
        try {
          index = layout.indexOf(tensor.name());
        } catch (IllegalArgumentException e) {
          throw foreign(file, "tensor " + tensor.name() + " is not of this model", e);
        }
        int[] shape = layout.get(index).shape();
        if (!tensor.equals(Tensor.floats(tensor.name(), shape))) {
          throw foreign(file, tensor + " has another shape than " + layout.get(index), null);
        }
        reader.read(values, layout.offset(index), layout.get(index).size());
        seen[index] = true;
      }
    }
    for (int i = 0; i < seen.length; i++) {
      if (!seen[i]) {
        throw foreign(file, "tensor " + layout.get(i).name() + " is missing", null);
      }
    }
    return values;
  }

  private static CheckpointException foreign(Path file, String reason, Throwable cause) {
    return new CheckpointException(
        "Cannot use weights of " + file + ": " + reason + ", use those of the same model", cause);
  }

  static void writeModel(Configuration hadoop, Path folder, ModelFile model) throws IOException {
    Path file = new Path(folder, MODEL);
    try (OutputStream output = file.getFileSystem(hadoop).create(file, true)) {
      model.write(output);
    }
  }

  /** Reads the model's description of a folder. */
  public static ModelFile readModel(Configuration hadoop, Path folder) throws IOException {
    Path file = new Path(folder, MODEL);
    try (InputStream input = file.getFileSystem(hadoop).open(file)) {
      return ModelFile.read(input);
    }
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

  static LoopState readState(Configuration hadoop, Path checkpoint) throws IOException {
    Path file = new Path(checkpoint, STATE);
    try (InputStream input = file.getFileSystem(hadoop).open(file)) {
      return JSON.readValue(input, LoopState.class);
    } catch (JsonProcessingException e) {
      throw new CheckpointException("Cannot resume: " + file + " is corrupt, remove its folder", e);
    }
  }

  static Optional<Path> latest(Configuration hadoop, Path run) throws IOException {
    List<Path> complete = complete(hadoop, run);
    return complete.isEmpty() ? Optional.empty() : Optional.of(complete.get(complete.size() - 1));
  }

  private static List<Path> complete(Configuration hadoop, Path run) throws IOException {
    Path folder = new Path(run, "checkpoints");
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

  static void keep(Configuration hadoop, Path run, int count) throws IOException {
    List<Path> complete = complete(hadoop, run);
    for (Path old : complete.subList(0, Math.max(0, complete.size() - count))) {
      old.getFileSystem(hadoop).delete(old, true);
    }
  }

  private static void replace(FileSystem files, Path temporary, Path target) throws IOException {
    files.delete(target, false);
    if (!files.rename(temporary, target)) {
      throw new IOException("Cannot write " + target + ": rename of " + temporary + " failed");
    }
  }
}
