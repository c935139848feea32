package io.taskweave.engine.training;

import io.taskweave.core.sample.SampleBlock;
import io.taskweave.core.sample.SampleColumns;
import io.taskweave.core.sample.SampleLayout;
import io.taskweave.engine.cluster.SampleMemory;
import io.taskweave.engine.sample.SampleRows;
import io.taskweave.engine.sample.SampleSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import org.apache.spark.HashPartitioner;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.storage.StorageLevel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.Tuple2;

/** Brings samples into the executors. */
public final class StreamLoader {
  /** Small, since what serializes blocks for the shuffle keeps a hundred of them at a time. */
  private static final int BLOCK_ROWS = 1024;

  private static final Logger LOG = LoggerFactory.getLogger(StreamLoader.class);

  private StreamLoader() {}

  /** All samples in memory. Partition p of n holds streams p M / n up to (p + 1) M / n. */
  public static JavaRDD<StreamPartition> load(
      Dataset<Row> train, Optional<Dataset<Row>> histories, TrainingPlan plan, int partitions) {
    SampleDivision division = new SampleDivision(partitions, 1, plan.streams());
    SampleLayout layout = plan.layout();
    long seed = plan.seed();
    return pieces(train, histories, layout, division)
        .mapPartitions(
            pieces -> {
              List<SamplePiece> all = new ArrayList<>();
              pieces.forEachRemaining(piece -> all.add(piece._2()));
              int first = division.firstStream(TaskContext.getPartitionId());
              PieceMerge merge = new PieceMerge(layout, all, first, division.streamsOfExecutor());
              return List.of(new StreamPartition(merge.block(), first, merge.starts(), seed))
                  .iterator();
            },
            true)
        .persist(StorageLevel.MEMORY_ONLY());
  }

  /**
   * The same samples in chunks on the disks of the executors. They stay there until {@link
   * #release}.
   *
   * @param chunks more than 1
   * @param memory that no two chunks may exceed
   */
  public static JavaRDD<SampleChunks> stream(
      Dataset<Row> train,
      Optional<Dataset<Row>> histories,
      TrainingPlan plan,
      int partitions,
      int chunks,
      SampleMemory memory) {
    SampleDivision division = new SampleDivision(partitions, chunks, plan.streams());
    SampleLayout layout = plan.layout();
    long seed = plan.seed();
    return pieces(train, histories, layout, division)
        .mapPartitions(
            pieces -> {
              int executor = TaskContext.getPartitionId();
              ChunkWriter writer = new ChunkWriter(layout, division, executor, memory);
              SampleChunks written =
                  new StreamedChunks(
                      layout, seed, division.firstStream(executor), writer.write(pieces));
              return List.of(written).iterator();
            },
            true)
        .persist(StorageLevel.MEMORY_ONLY());
  }

  private static JavaPairRDD<Integer, SamplePiece> pieces(
      Dataset<Row> train,
      Optional<Dataset<Row>> histories,
      SampleLayout layout,
      SampleDivision division) {
    SampleRows rows = SampleRows.of(layout, train);
    SampleSource source = SampleSource.of(rows, SampleColumns.STREAM);
    boolean seesHistories = !layout.sequences().isEmpty();
    Dataset<Row> lined =
        source.lined(
            division.places(train, seesHistories),
            histories.map(events -> division.places(events, true)),
            SampleColumns.STREAM);
    return SampleSource.internal(lined)
        .mapPartitionsToPair(
            partition ->
                seesHistories
                    ? pieces(source, division, partition)
                    : new PieceReader(rows, division, partition))
        // A key equal to its partition makes the hash partitioner the identity.
        .partitionBy(new HashPartitioner(division.executors()));
  }

  private static Iterator<Tuple2<Integer, SamplePiece>> pieces(
      SampleSource source, SampleDivision division, Iterator<InternalRow> partition) {
    Iterator<SampleSource.Block> blocks = source.blocks(partition, BLOCK_ROWS);
    return new Iterator<>() {
      @Override
      public boolean hasNext() {
        return blocks.hasNext();
      }

      @Override
      public Tuple2<Integer, SamplePiece> next() {
        SampleSource.Block read = blocks.next();
        SampleBlock block = read.samples();
        int[] streams = new int[block.rows()];
        Arrays.fill(streams, division.stream(read.stream()));
        return new Tuple2<>(
            division.executor(streams[0]),
            new SamplePiece(division.chunk(read.stream()), streams, block));
      }
    };
  }

  /** Frees the samples once no training reads them; those of a lost executor are gone with it. */
  public static void release(JavaRDD<? extends SampleChunks> samples) {
    try {
      int[] here = TrainingCluster.cached(samples).stream().mapToInt(Integer::intValue).toArray();
      samples
          .map(
              chunks -> {
                chunks.close();
                return true;
              })
          .collectPartitions(here);
    } catch (Exception e) {
      // What has ended the training matters more.
      LOG.warn("Cannot remove samples from the disks of the executors, Spark does at its end", e);
    }
    samples.unpersist(false);
  }
}
