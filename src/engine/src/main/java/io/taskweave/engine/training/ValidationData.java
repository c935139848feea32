package io.taskweave.engine.training;

import io.taskweave.core.error.TrainingDivergedException;
import io.taskweave.core.loss.LogLoss;
import io.taskweave.core.metric.ScoreHistogram;
import io.taskweave.core.sample.SampleBatch;
import io.taskweave.core.sample.SampleBlock;
import io.taskweave.core.sample.SampleLayout;
import io.taskweave.engine.sample.SampleRows;
import io.taskweave.engine.sample.SampleSource;
import java.io.Serializable;
import java.util.Arrays;
import java.util.Collections;
import java.util.Iterator;
import java.util.Optional;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.function.VoidFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.storage.StorageLevel;

/** Validation samples in the executors' memory, scored where they lie. */
public final class ValidationData implements AutoCloseable {
  public static final int BLOCK_ROWS = 4096;

  private final int tasks;
  private final JavaRDD<SampleBlock> blocks;

  /**
   * @param histories needed if the plan's samples see them
   */
  public ValidationData(TrainingPlan plan, Dataset<Row> samples, Optional<Dataset<Row>> histories) {
    this.tasks = plan.layout().tasks().size();
    SampleSource source = SampleSource.of(SampleRows.of(plan.layout(), samples));
    this.blocks =
        SampleSource.internal(source.lined(samples, histories))
            .mapPartitions(partition -> blocks(source, partition))
            .persist(StorageLevel.MEMORY_AND_DISK());
  }

  private static Iterator<SampleBlock> blocks(
      SampleSource source, Iterator<InternalRow> partition) {
    Iterator<SampleSource.Block> blocks = source.blocks(partition, BLOCK_ROWS);
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return blocks.hasNext();
      }

      @Override
      public SampleBlock next() {
        return blocks.next().samples();
      }
    };
  }

  long rows() {
    return blocks.map(SampleBlock::rows).fold(0, Integer::sum);
  }

  /** Parts that the samples are divided into. */
  public int parts() {
    return blocks.getNumPartitions();
  }

  /** Shows the samples of each part to a visitor, in the executor that holds them. */
  public void forEachPart(VoidFunction<Iterator<SampleBlock>> visitor) {
    blocks.foreachPartition(visitor);
  }

  /** Scores the blocks of one partition. */
  public interface BlockScores {
    /**
     * @param logits receives [tasks, rows]
     */
    void score(SampleBatch batch, float[] logits);
  }

  /** Opened anew for each partition, in the executor that holds it. */
  public interface PartitionScores extends Serializable {
    BlockScores open(SampleLayout layout);
  }

  /**
   * Histograms of each task's scores; partition after partition, so that sums of losses have the
   * same bits in every run.
   *
   * @throws TrainingDivergedException if a score is not a number
   */
  public ScoreHistogram[] score(PartitionScores scores) {
    int count = tasks;
    ScoreHistogram[] total = histograms(count);
    blocks
        .mapPartitions(
            partition -> Collections.singletonList(scored(scores, partition, count)).iterator())
        .collect()
        .forEach(
            part -> {
              for (int task = 0; task < count; task++) {
                total[task].merge(part[task]);
              }
            });
    return total;
  }

  private static ScoreHistogram[] scored(
      PartitionScores scores, Iterator<SampleBlock> blocks, int tasks) {
    ScoreHistogram[] histograms = histograms(tasks);
    BlockScores open = null;
    while (blocks.hasNext()) {
      SampleBlock block = blocks.next();
      if (open == null) {
        open = scores.open(block.layout());
      }
      SampleBatch batch = SampleBatch.all(block);
      float[] logits = new float[tasks * batch.count()];
      open.score(batch, logits);
      for (int task = 0; task < tasks; task++) {
        byte[] labels = block.labels(task);
        for (int i = 0; i < batch.count(); i++) {
          float score = (float) LogLoss.probability(logits[task * batch.count() + i]);
          if (Float.isNaN(score)) {
            throw new TrainingDivergedException(
                "Cannot validate: the scores of task "
                    + block.layout().tasks().get(task)
                    + " are not numbers (NaN), lower the learning rate or clip the gradient");
          }
          if (labels[i] != SampleBlock.MISSING) {
            histograms[task].add(score, labels[i] == 1);
          }
        }
      }
    }
    return histograms;
  }

  private static ScoreHistogram[] histograms(int count) {
    ScoreHistogram[] histograms = new ScoreHistogram[count];
    Arrays.setAll(histograms, task -> new ScoreHistogram());
    return histograms;
  }

  @Override
  public void close() {
    blocks.unpersist(false);
  }
}
