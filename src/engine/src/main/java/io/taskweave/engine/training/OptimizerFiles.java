package io.taskweave.engine.training;

import io.taskweave.core.error.CheckpointException;
import io.taskweave.core.format.SafetensorsReader;
import io.taskweave.core.format.SafetensorsWriter;
import io.taskweave.core.format.Tensor;
import io.taskweave.core.parameter.GradientSlots;
import io.taskweave.core.update.OptimizerSpec;
import java.io.IOException;
import java.util.List;
import java.util.TreeMap;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;

/** What the update rule has accumulated, in a file a part. */
final class OptimizerFiles {
  private OptimizerFiles() {}

  static void write(
      Configuration hadoop, Path file, OptimizerSpec optimizer, float[][] accumulators)
      throws IOException {
    int length = accumulators[0].length;
    List<Tensor> tensors =
        optimizer.rule().accumulators().stream().map(name -> Tensor.floats(name, length)).toList();
    try (SafetensorsWriter writer =
        new SafetensorsWriter(
            file.getFileSystem(hadoop).create(file, true), tensors, new TreeMap<>())) {
      for (float[] accumulator : accumulators) {
        writer.write(accumulator, 0, length);
      }
    }
  }

  /**
   * Reads one part out of files that may have been cut otherwise.
   *
   * @param files parts of the checkpoint
   */
  static float[][] read(
      Configuration hadoop,
      Path checkpoint,
      int files,
      OptimizerSpec optimizer,
      GradientSlots slots,
      int wantedPart) {
    List<String> names = optimizer.rule().accumulators();
    Slice wanted = Slice.accumulated(slots, optimizer.perTask(), wantedPart);
    GradientSlots written = new GradientSlots(slots.tasks(), slots.shared(), slots.single(), files);
    float[][] accumulators = new float[names.size()][wanted.length()];
    for (int part = 0; part < files; part++) {
      Slice there = Slice.accumulated(written, optimizer.perTask(), part);
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
            for (int i = 0; i < accumulators.length; i++) {
              Tensor tensor = reader.next();
              if (tensor == null || !tensor.equals(Tensor.floats(names.get(i), there.length()))) {
                throw new CheckpointException(
                    "it does not hold " + there.length() + " elements of " + names.get(i));
              }
              float[] whole = new float[there.length()];
              reader.read(whole, 0, whole.length);
              System.arraycopy(
                  whole, from - there.start(), accumulators[i], from - wanted.start(), to - from);
            }
            return accumulators;
          });
    }
    return accumulators;
  }
}
