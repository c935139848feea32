package io.taskweave.engine.training;

import io.taskweave.core.error.InputRejectedException;
import io.taskweave.core.sample.SampleBlock;
import io.taskweave.core.sample.SampleBlockBuilder;
import io.taskweave.core.sample.SampleColumns;
import io.taskweave.engine.sample.SampleRows;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.TreeMap;
import org.apache.spark.HashPartitioner;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.storage.StorageLevel;
import scala.Tuple2;

/** Brings samples into the executors. */
public final class StreamLoader {
  private static final int BLOCK_ROWS = 8192;

  private record Place(int block, int row) {}

  private StreamLoader() {}

  /** Partition p of n holds streams p M / n up to (p + 1) M / n. */
  public static JavaRDD<StreamPartition> load(
      Dataset<Row> train, TrainingPlan plan, int partitions) {
    SampleRows rows = SampleRows.of(plan.layout(), train);
    int streams = plan.streams();
    long seed = plan.seed();
    JavaPairRDD<Integer, SampleBlock> pieces =
        rows.select(train, SampleColumns.STREAM)
            .toJavaRDD()
            .mapPartitionsToPair(partition -> pieces(rows, streams, partition));
    // A key equal to its partition makes the hash partitioner the identity.
    JavaRDD<StreamPartition> loaded =
        pieces
            .mapToPair(
                piece -> new Tuple2<>((int) ((long) piece._1() * partitions / streams), piece))
            .partitionBy(new HashPartitioner(partitions))
            .mapPartitions(
                partition ->
                    List.of(
                            merge(
                                rows,
                                TaskContext.getPartitionId() * (streams / partitions),
                                streams / partitions,
                                seed,
                                partition))
                        .iterator(),
                true);
    return loaded.persist(StorageLevel.MEMORY_ONLY());
  }

  private static Iterator<Tuple2<Integer, SampleBlock>> pieces(
      SampleRows rows, int streams, Iterator<Row> partition) {
    TreeMap<Integer, SampleBlockBuilder> open = new TreeMap<>();
    List<Tuple2<Integer, SampleBlock>> done = new ArrayList<>();
    while (partition.hasNext()) {
      Row row = partition.next();
      int stream = ((Number) row.get(rows.width())).intValue();
      if (stream < 0 || stream >= streams) {
        throw new InputRejectedException(
            "Cannot train: a sample lies in stream "
                + stream
                + " of "
                + streams
                + ", make the samples with the plan's number of streams");
      }
      SampleBlockBuilder builder =
          open.computeIfAbsent(stream, key -> new SampleBlockBuilder(rows.layout()));
      rows.append(row, builder);
      if (builder.rows() == BLOCK_ROWS) {
        done.add(new Tuple2<>(stream, builder.build()));
        open.remove(stream);
      }
    }
    open.forEach((stream, builder) -> done.add(new Tuple2<>(stream, builder.build())));
    return done.iterator();
  }

  private static StreamPartition merge(
      SampleRows rows,
      int firstStream,
      int streams,
      long seed,
      Iterator<Tuple2<Integer, Tuple2<Integer, SampleBlock>>> pieces) {
    List<List<SampleBlock>> byStream = new ArrayList<>();
    for (int i = 0; i < streams; i++) {
      byStream.add(new ArrayList<>());
    }
    pieces.forEachRemaining(
        piece -> byStream.get(piece._2()._1() - firstStream).add(piece._2()._2()));
    SampleBlockBuilder merged = new SampleBlockBuilder(rows.layout());
    int[] starts = new int[streams + 1];
    for (int stream = 0; stream < streams; stream++) {
      List<SampleBlock> blocks = byStream.get(stream);
      List<Place> places = new ArrayList<>();
      for (int block = 0; block < blocks.size(); block++) {
        for (int row = 0; row < blocks.get(block).rows(); row++) {
          places.add(new Place(block, row));
        }
      }
      // Sorted, so that the order of files and of the shuffle leaves no trace.
      places.sort(
          Comparator.comparingLong(place -> blocks.get(place.block()).sampleIds()[place.row()]));
      for (Place place : places) {
        SampleRows.copy(blocks.get(place.block()), place.row(), merged);
      }
      starts[stream + 1] = merged.rows();
    }
    return new StreamPartition(merged.build(), firstStream, starts, seed);
  }
}
