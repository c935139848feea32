package io.taskweave.engine.training;

import io.taskweave.core.error.InputRejectedException;
import io.taskweave.core.sample.EventBuffer;
import io.taskweave.core.sample.SampleBlock;
import io.taskweave.core.sample.SampleBlockBuilder;
import io.taskweave.core.sample.SampleColumns;
import io.taskweave.core.sample.SampleLayout;
import io.taskweave.engine.sample.SampleRows;
import io.taskweave.engine.sample.SampleSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.apache.spark.HashPartitioner;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.storage.StorageLevel;
import scala.Tuple2;

/** Brings samples into the executors. */
public final class StreamLoader {
  private static final int BLOCK_ROWS = 8192;

  private record Place(int block, int row) {}

  private StreamLoader() {}

  /** Partition p of n holds streams p M / n up to (p + 1) M / n. */
  public static JavaRDD<StreamPartition> load(
      Dataset<Row> train, Optional<Dataset<Row>> histories, TrainingPlan plan, int partitions) {
    SampleRows rows = SampleRows.of(plan.layout(), train);
    SampleSource source = SampleSource.of(rows, SampleColumns.STREAM);
    int streams = plan.streams();
    long seed = plan.seed();
    JavaPairRDD<Integer, SampleBlock> pieces =
        SampleSource.internal(source.lined(train, histories, SampleColumns.STREAM))
            .mapPartitionsToPair(
                partition ->
                    plan.layout().sequences().isEmpty()
                        ? pieces(rows, streams, partition)
                        : pieces(source, streams, partition));
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
      SampleSource source, int streams, Iterator<InternalRow> partition) {
    List<Tuple2<Integer, SampleBlock>> done = new ArrayList<>();
    source
        .blocks(partition, BLOCK_ROWS)
        .forEachRemaining(
            block -> {
              verifyStream(block.stream(), streams);
              done.add(new Tuple2<>(block.stream(), block.samples()));
            });
    return done.iterator();
  }

  private static void verifyStream(int stream, int streams) {
    if (stream < 0 || stream >= streams) {
      throw new InputRejectedException(
          "Cannot train: a sample lies in stream "
              + stream
              + " of "
              + streams
              + ", make the samples with the plan's number of streams");
    }
  }

  private static Iterator<Tuple2<Integer, SampleBlock>> pieces(
      SampleRows rows, int streams, Iterator<InternalRow> partition) {
    TreeMap<Integer, SampleBlockBuilder> open = new TreeMap<>();
    List<Tuple2<Integer, SampleBlock>> done = new ArrayList<>();
    while (partition.hasNext()) {
      InternalRow row = partition.next();
      int stream = row.getInt(rows.width());
      verifyStream(stream, streams);
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
    List<List<int[]>> firstEvents = mergeEvents(rows.layout(), byStream, merged);
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
        SampleBlock block = blocks.get(place.block());
        SampleRows.copy(block, place.row(), merged, firstEvents.get(stream).get(place.block()));
      }
      starts[stream + 1] = merged.rows();
    }
    return new StreamPartition(merged.build(), firstStream, starts, seed);
  }

  /** Gives the merged samples all events, and says where each block's begin by sequence. */
  private static List<List<int[]>> mergeEvents(
      SampleLayout layout, List<List<SampleBlock>> byStream, SampleBlockBuilder merged) {
    int sequences = layout.sequences().size();
    EventBuffer[] events =
        layout.sequences().stream().map(EventBuffer::new).toArray(EventBuffer[]::new);
    List<List<int[]>> firstEvents = new ArrayList<>();
    for (List<SampleBlock> blocks : byStream) {
      List<int[]> ofStream = new ArrayList<>();
      for (SampleBlock block : blocks) {
        int[] first = new int[sequences];
        for (int sequence = 0; sequence < sequences; sequence++) {
          first[sequence] = events[sequence].events();
          events[sequence].addAll(block.history(sequence));
        }
        ofStream.add(first);
      }
      firstEvents.add(ofStream);
    }
    for (int sequence = 0; sequence < sequences; sequence++) {
      merged.events(sequence, events[sequence].columns());
    }
    return firstEvents;
  }
}
