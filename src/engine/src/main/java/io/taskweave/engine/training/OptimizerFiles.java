package io.taskweave.engine.training;

import io.taskweave.core.error.CheckpointException;
import io.taskweave.core.format.SafetensorsReader;
import io.taskweave.core.format.SafetensorsWriter;
import io.taskweave.core.format.Tensor;
import io.taskweave.core.update.Adam;
import java.io.IOException;
import java.util.List;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/** Moments of each partition's slice, in a file a partition. */
final class OptimizerFiles {
  private OptimizerFiles() {}

  static void write(Configuration hadoop, Path file, AdamMethod method) throws IOException {
    int length = method.first().length;
    List<Tensor> tensors =
        List.of(Tensor.floats("first_moment", length), Tensor.floats("second_moment", length));
    try (SafetensorsWriter writer =
        new SafetensorsWriter(
            file.getFileSystem(hadoop).create(file, true), tensors, new TreeMap<>())) {
      writer.write(method.first(), 0, length);
      writer.write(method.second(), 0, length);
    }
  }

  /** Reads one slice out of files that may have been cut otherwise. */
  static AdamMethod read(
      Configuration hadoop,
      Path checkpoint,
      int files,
      int size,
      Slice wanted,
      Adam adam,
      long stepsDone) {
    float[][] moments = new float[2][wanted.length()];
    for (int part = 0; part < files; part++) {
      Slice there = Slice.of(part, files, size);
      int from = Math.max(there.start(), wanted.start());
      int to = Math.min(there.end(), wanted.end());
      if (from >= to) {
        continue;
      }
      RunFile.read(
          hadoop,
          RunFiles.optimizer(checkpoint, part),
          input -> {
            SafetensorsReader reader = new SafetensorsReader(input);
            for (float[] moment : moments) {
              Tensor tensor = reader.next();
              if (tensor == null || tensor.elements() != there.length()) {
                throw new CheckpointException("it does not hold " + there.length() + " moments");
              }
              float[] whole = new float[there.length()];
              reader.read(whole, 0, whole.length);
              System.arraycopy(
                  whole, from - there.start(), moment, from - wanted.start(), to - from);
            }
            return moments;
          });
    }
    return new AdamMethod(adam, stepsDone, moments[0], moments[1]);
  }
}
