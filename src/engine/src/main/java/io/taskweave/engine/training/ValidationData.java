package io.taskweave.engine.training;

import io.taskweave.core.model.ModelSpec;
import io.taskweave.core.sample.SampleBlock;
import io.taskweave.core.sample.SampleBlockBuilder;
import io.taskweave.engine.sample.SampleRows;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.storage.StorageLevel;

/** Validation samples in the executors' memory, scored where they lie. */
final class ValidationData implements AutoCloseable {
  private static final int BLOCK_ROWS = 4096;

  private final JavaSparkContext context;
  private final ModelSpec model;
  private final int tasks;
  private final JavaRDD<SampleBlock> blocks;

  ValidationData(SparkSession spark, TrainingPlan plan, Dataset<Row> samples) {
    this.context = new JavaSparkContext(spark.sparkContext());
    this.model = plan.model();
    this.tasks = plan.layout().tasks().size();
    SampleRows rows = SampleRows.of(plan.layout(), samples);
    this.blocks =
        rows.select(samples)
            .toJavaRDD()
            .mapPartitions(partition -> blocks(rows, partition))
            .persist(StorageLevel.MEMORY_AND_DISK());
  }

  private static Iterator<SampleBlock> blocks(SampleRows rows, Iterator<Row> partition) {
    List<SampleBlock> done = new ArrayList<>();
    SampleBlockBuilder open = new SampleBlockBuilder(rows.layout());
    while (partition.hasNext()) {
      rows.append(partition.next(), open);
      if (open.rows() == BLOCK_ROWS || !partition.hasNext()) {
        done.add(open.build());
        open = new SampleBlockBuilder(rows.layout());
      }
    }
    return done.iterator();
  }

  long rows() {
    return blocks.map(SampleBlock::rows).fold(0, Integer::sum);
  }

  Validation score(float[] weights) {
    Broadcast<float[]> shared = context.broadcast(weights);
    ModelSpec spec = model;
    int count = tasks;
    try {
      return blocks
          .mapPartitions(
              partition ->
                  List.of(Validation.of(spec, shared.value(), partition, count)).iterator())
          .treeReduce(Validation::merge);
    } finally {
      shared.destroy();
    }
  }

  @Override
  public void close() {
    blocks.unpersist(false);
  }
}
