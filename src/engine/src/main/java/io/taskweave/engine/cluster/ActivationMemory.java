package io.taskweave.engine.cluster;

import io.taskweave.core.model.ModelSpec;
import io.taskweave.core.model.MultiTaskModel;
import io.taskweave.core.parameter.Gradients;
import io.taskweave.core.parameter.Parameter;
import io.taskweave.core.parameter.ParameterStorage;
import io.taskweave.core.sample.FieldKind;
import io.taskweave.core.sample.HistoryColumns;
import io.taskweave.core.sample.SampleBatch;
import io.taskweave.core.sample.SampleBlock;
import io.taskweave.core.sample.SampleBlockBuilder;
import io.taskweave.core.sample.SampleLayout;
import io.taskweave.core.sample.Sequence;
import io.taskweave.core.sample.SequenceOrder;
import java.lang.management.ManagementFactory;
import java.util.Arrays;
import java.util.Collections;

/**
 * Bytes of work space that a model takes, found by giving it two batches of a few rows and counting
 * what it allocates: so they hold for every model, whichever layers it has. A sample has full
 * histories and one value in each list.
 *
 * @param trained while rows go forward and backward
 * @param scored while rows go forward alone
 */
public record ActivationMemory(Line trained, Line scored) {
  /**
   * Bytes by the number of rows.
   *
   * @param fixed of each model, however many rows it is given
   * @param perRow of each row
   */
  public record Line(long fixed, long perRow) {
    /** Of some models that share rows. */
    public long bytes(long models, long rows) {
      return models * fixed + rows * perRow;
    }
  }

  private static final int FEW = 16;
  private static final int MORE = 48;

  /** Of every feature and event; not padding, which layers may leave out. */
  private static final int ID = 1;

  /** What a model does to a batch. */
  private interface Work {
    void run(MultiTaskModel model, SampleBatch batch, float[] logits);
  }

  /** Of a model; whether it keeps the tasks' gradients apart makes no difference to it. */
  public static ActivationMemory of(ModelSpec spec, SampleLayout layout) {
    ParameterStorage zeros = zeros(spec, layout);
    Gradients gradients = Gradients.perTask(Collections.nCopies(layout.tasks().size(), zeros));
    return new ActivationMemory(
        line(
            spec,
            layout,
            (model, batch, logits) -> {
              model.forward(zeros, batch, 1, logits);
              model.backward(zeros, batch, logits, gradients);
            }),
        line(spec, layout, (model, batch, logits) -> model.score(zeros, batch, logits)));
  }

  /** One array serves all parameters: what they hold is of no account. */
  private static ParameterStorage zeros(ModelSpec spec, SampleLayout layout) {
    MultiTaskModel model = create(spec, layout);
    int largest = 0;
    for (Parameter parameter : model.parameters().parameters()) {
      boolean rows = parameter.ids() != null;
      largest = Math.max(largest, rows ? (ID + 1) * parameter.shape()[1] : parameter.size());
    }
    float[] values = new float[largest];
    ParameterStorage storage = new ParameterStorage(model.parameters().count());
    for (int index = 0; index < model.parameters().count(); index++) {
      storage.bind(index, values, 0);
    }
    return storage;
  }

  private static MultiTaskModel create(ModelSpec spec, SampleLayout layout) {
    return spec.create(
        layout, (transposed, m, n, k, a, aAt, lda, b, bAt, ldb, beta, c, cAt, ldc) -> {});
  }

  private static Line line(ModelSpec spec, SampleLayout layout, Work work) {
    // The first call of all loads classes.
    allocated(spec, layout, work, FEW);
    long few = allocated(spec, layout, work, FEW);
    long perRow = (allocated(spec, layout, work, MORE) - few) / (MORE - FEW);
    return new Line(few - FEW * perRow, perRow);
  }

  private static long allocated(ModelSpec spec, SampleLayout layout, Work work, int rows) {
    MultiTaskModel model = create(spec, layout);
    SampleBatch batch = SampleBatch.all(block(layout, rows));
    float[] logits = new float[rows * layout.tasks().size()];
    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getCurrentThreadAllocatedBytes();
    work.run(model, batch, logits);
    return threads.getCurrentThreadAllocatedBytes() - before;
  }

  /** A table may have no row but that of padding. */
  private static int known(int tableRows) {
    return Math.min(ID, tableRows - 1);
  }

  private static SampleBlock block(SampleLayout layout, int rows) {
    SampleBlockBuilder builder = new SampleBlockBuilder(layout, rows);
    for (int s = 0; s < layout.sequences().size(); s++) {
      builder.events(s, events(layout.sequences().get(s)));
    }
    for (int row = 0; row < rows; row++) {
      builder.addRow(row, 1);
      for (int f = 0; f < layout.fields().size(); f++) {
        FieldKind kind = layout.fields().get(f).kind();
        if (kind == FieldKind.CATEGORICAL) {
          builder.id(f, known(layout.fields().get(f).tableRows()));
        } else if (kind == FieldKind.MULTI_VALUED) {
          builder.value(f, known(layout.fields().get(f).tableRows()));
        }
      }
      for (int s = 0; s < layout.sequences().size(); s++) {
        builder.seenEvents(s, 0, layout.sequences().get(s).maxLength());
      }
    }
    return builder.build();
  }

  private static HistoryColumns events(Sequence sequence) {
    int[][] ids = new int[sequence.attributes().size()][sequence.maxLength()];
    for (int a = 0; a < ids.length; a++) {
      Arrays.fill(ids[a], known(sequence.attributes().get(a).tableRows()));
    }
    boolean timed = sequence.order() == SequenceOrder.TIME;
    return new HistoryColumns(ids, timed ? new long[sequence.maxLength()] : null);
  }
}
