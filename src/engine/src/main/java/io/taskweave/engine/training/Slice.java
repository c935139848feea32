package io.taskweave.engine.training;

import io.taskweave.core.model.ModelSpec;
import io.taskweave.core.parameter.Parameter;
import io.taskweave.core.parameter.ParameterLayout;
import io.taskweave.core.sample.SampleLayout;
import io.taskweave.core.update.TableDecay;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/**
 * Elements [start, end) of the flat vector, as {@code AllReduceParameter} cuts it: equal parts, the
 * first ones one longer where it does not divide.
 */
record Slice(int start, int end) {
  static Slice of(int partition, int partitions, int size) {
    int part = size / partitions;
    int longer = size % partitions;
    int start = partition * part + Math.min(partition, longer);
    return new Slice(start, start + part + (partition < longer ? 1 : 0));
  }

  int length() {
    return end - start;
  }

  /** Where the tables lie in the flat vector. */
  @SuppressWarnings("ArrayRecordComponent")
  record Tables(int[] starts, int[] ends, int[] widths, int size) implements Serializable {
    static Tables of(ModelSpec model, SampleLayout samples) {
      ParameterLayout layout = model.create(samples).parameters();
      List<Integer> tables = new ArrayList<>();
      for (int i = 0; i < layout.count(); i++) {
        if (layout.get(i).isTable()) {
          tables.add(i);
        }
      }
      int[] starts = new int[tables.size()];
      int[] ends = new int[tables.size()];
      int[] widths = new int[tables.size()];
      for (int i = 0; i < starts.length; i++) {
        Parameter table = layout.get(tables.get(i));
        starts[i] = layout.offset(tables.get(i));
        ends[i] = starts[i] + table.size();
        widths[i] = table.size() / table.shape()[0];
      }
      return new Tables(starts, ends, widths, layout.size());
    }
  }

  /** Adds the L2 term; a row that the cut divides is judged by the part on this side. */
  void decay(
      Tables tables,
      TableDecay decay,
      float[] weights,
      int weightOffset,
      float[] gradient,
      int gradientOffset) {
    for (int table = 0; table < tables.starts().length; table++) {
      int from = Math.max(start, tables.starts()[table]);
      int to = Math.min(end, tables.ends()[table]);
      int width = tables.widths()[table];
      while (from < to) {
        int inRow = (from - tables.starts()[table]) % width;
        int rows = inRow == 0 ? (to - from) / width : 0;
        int length = rows > 0 ? rows * width : Math.min(width - inRow, to - from);
        decay.addGradient(
            weights,
            weightOffset + from - start,
            gradient,
            gradientOffset + from - start,
            Math.max(1, rows),
            rows > 0 ? width : length);
        from += length;
      }
    }
  }
}
