package io.taskweave.engine.sharded;

import io.taskweave.core.model.MultiTaskModel;
import io.taskweave.core.parameter.ParameterStorage;
import io.taskweave.core.sample.RenumberedBatch;
import io.taskweave.core.sample.SampleBatch;
import io.taskweave.core.sample.SampleBlock;
import io.taskweave.core.sample.SampleLayout;
import io.taskweave.engine.sharded.StepBlocks.Kind;
import io.taskweave.engine.training.ValidationData;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/**
 * Scores a part of the validation samples where rows lie in several executors. The part asks the
 * owners for all rows that it reads, they answer, and it scores; each in a job of its own.
 */
final class ScoredRows implements ValidationData.BlockScores {
  private final MultiTaskModel model;
  private final List<BatchTable> tables;
  private final TableNumbers numbers;
  private final ParameterStorage weights;

  /**
   * Takes in the answers of all owners.
   *
   * @param state of this process, whose dense weights are whole
   * @param part of the validation samples
   */
  ScoredRows(ExecutorState state, SampleLayout samples, int part) {
    this.model = state.plan().training().model().create(samples);
    this.tables = tables(state, 1);
    this.numbers = new TableNumbers(samples, tables);
    this.weights = new ParameterStorage(model.parameters().count());
    state.denseLayout().bindWeights(weights, state.dense().weights());
    List<ByteBuffer> answers = new ArrayList<>();
    for (int owner = 0; owner < state.plan().executors(); owner++) {
      answers.add(state.blocks().take(Kind.SCORED_WEIGHTS, state.stepsDone(), owner, part));
    }
    for (ByteBuffer answer : answers) {
      ByteBuffer ids = answer.duplicate().order(answer.order());
      for (BatchTable table : tables) {
        int count = ids.getInt();
        for (int i = 0; i < count; i++) {
          table.number(Math.toIntExact(ids.getLong()));
        }
        ids.position(ids.position() + count * table.layout().weights() * Float.BYTES);
      }
    }
    for (BatchTable table : tables) {
      table.seal();
      table.bindWeights(weights);
    }
    answers.forEach(this::putWeights);
  }

  private void putWeights(ByteBuffer answer) {
    for (BatchTable table : tables) {
      int[] numbered = new int[answer.getInt()];
      for (int i = 0; i < numbered.length; i++) {
        numbered[i] = table.number(Math.toIntExact(answer.getLong()));
      }
      float[] row = new float[table.layout().weights()];
      for (int number : numbered) {
        for (int i = 0; i < row.length; i++) {
          row[i] = answer.getFloat();
        }
        table.putWeights(number, row, 0);
      }
    }
  }

  private static List<BatchTable> tables(ExecutorState state, int owners) {
    List<BatchTable> tables = new ArrayList<>();
    state.tables().forEach(layout -> tables.add(new BatchTable(layout, owners)));
    return tables;
  }

  /** Asks the owners for the rows that a part of the validation samples reads. */
  static void ask(ExecutorState state, int part, Iterator<SampleBlock> blocks) {
    ShardedPlan plan = state.plan();
    List<BatchTable> tables = tables(state, plan.shards());
    TableNumbers numbers = new TableNumbers(plan.training().layout(), tables);
    while (blocks.hasNext()) {
      RenumberedBatch.of(SampleBatch.all(blocks.next()), numbers);
    }
    tables.forEach(BatchTable::seal);
    long step = state.stepsDone();
    for (int owner = 0; owner < plan.executors(); owner++) {
      int first = owner * plan.cores();
      long bytes = 0;
      for (BatchTable table : tables) {
        bytes += table.idBytes(first, first + plan.cores());
      }
      ByteBuffer request = StepBlocks.buffer(step, bytes);
      for (BatchTable table : tables) {
        table.writeIds(first, first + plan.cores(), request);
      }
      state.blocks().put(Kind.SCORED_IDS, step, part, owner, request);
    }
  }

  /** Answers all parts as an owner. */
  static void answer(ExecutorState state, int parts) {
    state
        .threads()
        .run(
            thread -> {
              RowReader reader = new RowReader(state);
              for (int part = thread; part < parts; part += state.threads().count()) {
                answer(state, part, reader);
              }
            });
  }

  private static void answer(ExecutorState state, int part, RowReader reader) {
    long step = state.stepsDone();
    int cores = state.plan().cores();
    int first = state.executor() * cores;
    ByteBuffer request = state.blocks().take(Kind.SCORED_IDS, step, part, state.executor());
    List<RemoteRows> asked = new ArrayList<>();
    long bytes = 0;
    for (int table = 0; table < state.tables().size(); table++) {
      RemoteRows rows = new RemoteRows(state.tables().get(table), first, cores);
      rows.readIds(request);
      for (int number = 0; number < rows.count(); number++) {
        rows.putWeights(number, reader.read(table, rows.id(number)), 0);
      }
      asked.add(rows);
      bytes += Integer.BYTES + (long) Long.BYTES * rows.count() + rows.weightBytes();
    }
    ByteBuffer answer = StepBlocks.buffer(step, bytes);
    for (RemoteRows rows : asked) {
      answer.putInt(rows.count());
      for (int number = 0; number < rows.count(); number++) {
        answer.putLong(rows.id(number));
      }
      rows.writeWeights(answer.asFloatBuffer());
      answer.position(answer.position() + Math.toIntExact(rows.weightBytes()));
    }
    state.blocks().put(Kind.SCORED_WEIGHTS, step, state.executor(), part, answer);
  }

  @Override
  public void score(SampleBatch batch, float[] logits) {
    model.score(weights, RenumberedBatch.of(batch, numbers), logits);
  }
}
